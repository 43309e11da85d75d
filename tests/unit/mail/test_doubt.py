"""Refusals for good are believed beside acceptances, and doubted where nothing is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mailer.doubt import Doubt
from mailer.flight import Flight
from mailer.replies import TEXT_LENGTH, Outcome

if TYPE_CHECKING:
    from mailer.replies import Verdict

TAKEN = Outcome("accepted", "250", "ok")
UNKNOWN_USER = Outcome("permanent", "550 5.1.1", "User unknown")
POLICY = Outcome("ours", "550 5.7.1", "no mail from you")
STRICTER = Outcome("ours", "421 4.7.32", "DMARC alignment")


def flight(doubt: Doubt[int], number: int, *, opened: bool = True) -> Flight[int]:
    made = Flight(number, b"news@example.org", b"r%d@example.net" % number, b"x\r\n")
    doubt.begin(made)
    made.opened = opened
    return made


def verdicts(certain) -> list[tuple[int, Verdict]]:
    return [(flight.ticket, outcome.verdict) for flight, outcome in certain]


@pytest.mark.parametrize(
    ("refusal", "verdict"), [(UNKNOWN_USER, "permanent"), (POLICY, "permanent"), (STRICTER, "transient")]
)  # fmt: skip
def test_beside_an_acceptance_a_refusal_is_its_recipients_own(refusal, verdict) -> None:
    doubt = Doubt()
    assert doubt.weigh(flight(doubt, 1), refusal) == []
    assert doubt.held == 1
    assert verdicts(doubt.weigh(flight(doubt, 2), TAKEN)) == [(1, verdict), (2, "accepted")]
    assert doubt.held == 0


def test_what_was_begun_before_a_refusal_proves_nothing() -> None:
    doubt = Doubt()
    before, refused = flight(doubt, 1), flight(doubt, 2)
    assert doubt.weigh(refused, UNKNOWN_USER) == []
    assert verdicts(doubt.weigh(before, TAKEN)) == [(1, "accepted")]
    assert verdicts(doubt.weigh(flight(doubt, 3), TAKEN)) == [(2, "permanent"), (3, "accepted")]


def test_what_a_hundred_in_a_row_got_is_of_all() -> None:
    doubt = Doubt()
    doubt.weigh(flight(doubt, 0), TAKEN)
    for number in range(1, 100):
        outcome = POLICY if number == 7 else UNKNOWN_USER
        assert doubt.weigh(flight(doubt, number), outcome) == []
    certain = doubt.weigh(flight(doubt, 100), UNKNOWN_USER)
    assert verdicts(certain) == [(n, "ours" if n == 7 else "transient") for n in range(1, 101)]
    assert certain[0][1].code == "550 5.1.1"
    assert certain[0][1].text == "nobody is accepted: User unknown"


def test_what_is_no_refusal_of_a_recipient_is_certain_at_once() -> None:
    doubt = Doubt()
    for verdict in "transient", "unknown":
        outcome = Outcome(verdict, "451", "not now")
        refused = flight(doubt, 1)
        assert doubt.weigh(refused, outcome) == [(refused, outcome)]
    unopened = flight(doubt, 2, opened=False)  # MAIL was refused, or it was never sent
    assert doubt.weigh(unopened, POLICY) == [(unopened, POLICY)]


@pytest.mark.parametrize(
    ("accepted_before", "recipients", "verdict"),
    [(False, 2, "permanent"), (False, 3, "transient"), (True, 4, "permanent"), (True, 5, "transient")],
)  # fmt: skip
def test_few_are_believed_when_nothing_else_is_under_way(
    accepted_before, recipients, verdict
) -> None:
    doubt = Doubt()
    if accepted_before:
        doubt.weigh(flight(doubt, 0), TAKEN)
    for number in range(1, recipients + 1):
        doubt.weigh(flight(doubt, number), UNKNOWN_USER)
    assert {outcome.verdict for _, outcome in doubt.end()} == {verdict}


def test_one_at_a_time_they_are_counted_too() -> None:
    doubt = Doubt()
    found = []
    for number in range(5):
        doubt.weigh(flight(doubt, number), UNKNOWN_USER)
        found += [outcome.verdict for _, outcome in doubt.end()]
    assert found == ["permanent"] * 2 + ["transient"] * 3


def test_one_recipient_again_and_again_is_one() -> None:
    doubt = Doubt()
    doubt.weigh(flight(doubt, 0), TAKEN)
    for _ in range(9):
        doubt.weigh(flight(doubt, 1), POLICY)
        assert verdicts(doubt.end()) == [(1, "transient")]


def test_our_fault_is_ours_where_nothing_was_ever_accepted() -> None:
    doubt = Doubt()
    doubt.weigh(flight(doubt, 1), POLICY)
    assert verdicts(doubt.end()) == [(1, "ours")]


def test_the_words_stay_short() -> None:
    doubt = Doubt()
    for number in range(3):
        doubt.weigh(flight(doubt, number), UNKNOWN_USER._replace(text="x" * TEXT_LENGTH))
    assert {len(outcome.text) for _, outcome in doubt.end()} == {TEXT_LENGTH}
