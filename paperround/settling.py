"""Settles uncertain mail by evidence: joins what files say with what the ledger does not know.

Nothing is guessed: where the evidence leaves a doubt, the delivery stays uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mailer.errors import MailerError
from mailer.evidence import read_evidence
from mailer.identity import Letterhead
from mailer.tokens import Tokens
from paperround.errors import UserError
from paperround.identity import identity_of
from paperround.keys import key_ring
from publisher.record import says_dead
from storage import outbox
from storage.enums import DeliveryStatus, Medium
from storage.names import mailbox_key
from storage.outbox import Proof

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from mailer.delivery_status import Notice
    from mailer.evidence import Evidence
    from paperround.settings import Settings
    from storage.database import Database
    from storage.outbox import Uncertain, Witness

_ARRIVED = {"delivered", "relayed", "expanded"}  # RFC 3464 §2.3.3

By = Literal["log", "notification", "absence"]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What evidence settled, and what it could not.

    Attributes:
        found: What was uncertain before.
        proofs: By which evidence each delivery was settled, and how, by its row id.
        unclear: Mails that a log names without saying what became of them.
        earlier: Mails that may have left before the time from which on the log is complete.
    """

    found: list[Uncertain]
    proofs: dict[int, tuple[By, Proof]]
    unclear: int = 0
    earlier: int = 0

    def count(self, by: By | None = None, status: DeliveryStatus | None = None) -> int:
        """Count what was settled by this kind of evidence, and to this state."""
        return sum(
            by in {None, kind} and status in {None, proof.status}
            for kind, proof in self.proofs.values()
        )


def settle_by_evidence(  # noqa: PLR0913 - what is asked, of whom, and when
    settings: Settings,
    database: Database,
    slug: str,
    paths: Sequence[Path],
    *,
    complete_from: datetime | None,
    now: datetime,
) -> Settlement:
    """Read the files, then settle in one transaction what they prove.

    Args:
        settings: Say who sends the mail, and so how each copy is named.
        database: Where the ledger is.
        slug: The issue.
        paths: Logs of mail servers and delivery status notifications.
        complete_from: From when on the logs name every mail; None where they may have gaps.
        now: The time.

    Raises:
        UserError: A file cannot be used, or the logs are shown to be incomplete.
    """
    try:
        names = _Names(settings, database)
    except MailerError as error:
        raise UserError(str(error)) from error
    with database.read() as session:
        found = outbox.uncertain(session, slug)
        covered = {it.send_id for it in found if _is_covered(it, complete_from)}
        witnesses = outbox.witnesses(session, covered) if covered else []
    mails = [it for it in found if it.medium is Medium.EMAIL]
    wanted = {name for it in mails for name in names.of(it)} | {
        _bare(w.remote_id) for w in witnesses
    }
    try:
        evidence = read_evidence(paths, wanted, lambda it: names.delivery(it) is not None)
    except MailerError as error:
        raise UserError(f"{error} Nothing was settled.") from error
    if complete_from:
        _check_complete(evidence, witnesses, names)
    settlement = _judge(mails, found, evidence, names, complete_from)
    with database.write() as session:
        proofs = {key: proof for key, (_, proof) in settlement.proofs.items()}
        done = outbox.settle(session, slug, proofs, now)
    settled = {key: it for key, it in settlement.proofs.items() if key in done}
    return Settlement(found, settled, settlement.unclear, settlement.earlier)


class _Names:
    """By which names our mail is known to servers."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._tokens = Tokens(key_ring(settings))
        self._letterhead = Letterhead(identity_of(settings, database, None))

    def of(self, it: Uncertain) -> set[str]:
        """Give the Message-ID, and the envelope sender where it is the delivery's own."""
        names = {self.message_id(it.send_id, it.recipient_id)}
        if it.remote_id:
            names.add(_bare(it.remote_id))
        if self._letterhead.bounce_domain:
            mark = self._tokens.bounce_local_part(it.delivery_id)
            names.add(self._letterhead.envelope_sender(mark).lower())
        return names

    def message_id(self, send_id: int, recipient_id: int) -> str:
        return _bare(self._letterhead.message_id(send_id, recipient_id))

    def delivery(self, envelope_id: str) -> int | None:
        """Tell which delivery an envelope id belongs to, None where it is not ours."""
        return self._tokens.verify_bounce(envelope_id)


def _judge(
    mails: list[Uncertain],
    found: list[Uncertain],
    evidence: Evidence,
    names: _Names,
    complete_from: datetime | None,
) -> Settlement:
    notices: dict[int, list[tuple[Notice, str]]] = {}
    for notice, file in evidence.notices:
        for delivery_id in {names.delivery(it) for it in notice.envelope_ids} - {None}:
            notices.setdefault(delivery_id or 0, []).append((notice, file))
    proofs: dict[int, tuple[By, Proof]] = {}
    unclear = earlier = 0
    for it in mails:
        ours = names.of(it)
        taken = [evidence.taken[name] for name in ours if name in evidence.taken]
        message_id = f"<{names.message_id(it.send_id, it.recipient_id)}>"
        if it.delivery_id in notices:
            proofs[it.delivery_id] = "notification", _by_notices(notices[it.delivery_id], it)
        elif taken:
            why = f"the mail server took it, says the log {taken[0]}"
            proofs[it.delivery_id] = "log", _taken(why, it.remote_id or message_id)
        elif ours & (evidence.named - evidence.refused):
            unclear += 1
        elif complete_from and not _is_covered(it, complete_from):
            earlier += 1
        elif complete_from:
            proofs[it.delivery_id] = (
                "absence",
                _not_taken(evidence, cut=bool(ours & evidence.refused)),
            )
    return Settlement(found, proofs, unclear, earlier)


def _by_notices(notices: list[tuple[Notice, str]], it: Uncertain) -> Proof:
    fates = [fate for notice, _ in notices for fate in notice.fates]
    file = notices[-1][1]
    failed = next((notice for notice, _ in notices if notice.has_failed), None)
    if failed is None or any(fate.action in _ARRIVED for fate in fates):
        return _taken(f"the mail server had it, says the notification {file}", it.remote_id)
    fate = failed.fates[-1]
    is_ours = mailbox_key(it.recipient) in map(mailbox_key, fate.addresses)
    return Proof(
        DeliveryStatus.FAILED,
        f"could not be delivered, says the notification {file}",
        code=fate.status or None,
        address_is_dead=is_ours and says_dead(fate.status),
    )


def _taken(why: str, message_id: str | None) -> Proof:
    return Proof(DeliveryStatus.SUBMITTED, why, remote_id=message_id)


def _not_taken(evidence: Evidence, *, cut: bool) -> Proof:
    logs = ", ".join(name for name, kind in evidence.kinds.items() if kind == "log")
    how = "was cut off before its end" if cut else "never reached the mail server"
    return Proof(DeliveryStatus.PENDING, f"{how}, says the complete log {logs}")


def _is_covered(it: Uncertain, complete_from: datetime | None) -> bool:
    """Tell whether this mail surely left after that time: when it left is not known, only since when."""
    started = it.send_started_at
    return complete_from is not None and started is not None and started >= complete_from


def _check_complete(evidence: Evidence, witnesses: Collection[Witness], names: _Names) -> None:
    """Refuse logs that lack mails which the server surely took: there absence proves nothing."""
    if "log" not in evidence.kinds.values():
        raise UserError(
            "--log-complete speaks of a log, and none was given. Give one by --evidence."
        )
    if any(_bare(w.remote_id) != names.message_id(w.send_id, w.recipient_id) for w in witnesses):
        raise UserError(
            "The settings that name our mail (list_id, message_id_domain, sender_address) have changed "
            "since the send, so absence proves nothing. Set them as they were. Nothing was settled."
        )
    missing = sum(_bare(w.remote_id) not in evidence.taken for w in witnesses)
    if missing:
        raise UserError(
            f"The log is not complete: it lacks {missing} of {len(witnesses)} mails that the server took "
            "in the same batches. Give the logs of every mail server, from before the send to its end, "
            "or leave out --log-complete. Nothing was settled."
        )


def _bare(message_id: str) -> str:
    return message_id.strip("<>")
