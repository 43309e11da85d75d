"""The delivery ledger: who gets which send, where each copy stands, and who is at work on it.

Every change is one function within the caller's transaction. Locks are always taken in the order
send, batch, delivery, so that two processes wait for each other and never deadlock.

sends        the life of a send, by compare-and-set
planning     freezing the audience into deliveries and batches
leases       who works on which batch, and how a batch ends
copies       what is due in a batch
outcomes     writing what became of hand-offs, in groups
resends      what may go out again though it may have arrived
recovery     what a dead process left behind
balance      planned = the sum of all states
story        what happened to one recipient, in plain sentences
forced       sends that were scheduled in spite of checks
unsettled    deliveries of which nobody knows whether they arrived
watching     what somebody asks for who watches sends
"""

from storage.outbox.balance import Balance, balance
from storage.outbox.copies import Due, begin_submitting, due_copies, suppressed_among
from storage.outbox.forced import forced, record_forced
from storage.outbox.leases import (
    Lease,
    bring_forward,
    close_batch,
    lease,
    leaseholders,
    others_wait,
    renew,
)
from storage.outbox.outcomes import Record, first_deferrals, record
from storage.outbox.planning import (
    BATCH_SIZE,
    Share,
    count_languages,
    count_zones,
    freeze,
    snapshot,
)
from storage.outbox.recovery import Leavings, recover
from storage.outbox.resends import resendable
from storage.outbox.sends import (
    cancel_send,
    due_sends,
    finish_if_done,
    idle_sends,
    list_sends,
    pause_send,
    resume_send,
    take_due,
)
from storage.outbox.story import Story, story
from storage.outbox.unsettled import (
    Proof,
    Uncertain,
    Witness,
    accept,
    resend,
    settle,
    uncertain,
    witnesses,
)
from storage.outbox.watching import (
    next_retry,
    note_wait,
    send_with_issue,
    sends_to_watch,
    wait_noted,
)

__all__ = [
    "BATCH_SIZE",
    "Balance",
    "Due",
    "Lease",
    "Leavings",
    "Proof",
    "Record",
    "Share",
    "Story",
    "Uncertain",
    "Witness",
    "accept",
    "balance",
    "begin_submitting",
    "bring_forward",
    "cancel_send",
    "close_batch",
    "count_languages",
    "count_zones",
    "due_copies",
    "due_sends",
    "finish_if_done",
    "first_deferrals",
    "forced",
    "freeze",
    "idle_sends",
    "lease",
    "leaseholders",
    "list_sends",
    "next_retry",
    "note_wait",
    "others_wait",
    "pause_send",
    "record",
    "record_forced",
    "recover",
    "renew",
    "resend",
    "resendable",
    "resume_send",
    "send_with_issue",
    "sends_to_watch",
    "settle",
    "snapshot",
    "story",
    "suppressed_among",
    "take_due",
    "uncertain",
    "wait_noted",
    "witnesses",
]
