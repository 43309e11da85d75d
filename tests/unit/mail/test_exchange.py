"""The dialogue with a mail server, against a server of the same rules: exactly one outcome for every message."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.exchange import Exchange
from mailer.flight import Flight, Offers
from mailer.replies import ExchangeOverError

OFFERS = {
    "plain": Offers(size=True),
    "pipelined": Offers(pipelining=True, size=True),
    "chunked": Offers(pipelining=True, chunking=True, size=True),
}


@dataclass
class Server:
    """Keeps the rules of RFC 5321, 2920 and 3030, and fails where it is told to.

    `faults` maps (message number, command) to a reply; a message is told by its recipient's number.
    """

    faults: dict[tuple[int, str], str] = field(default_factory=dict)
    lenient_data: bool = False  # goes ahead with DATA although no recipient is left
    heard: bytes = b""
    unread: bytes = b""
    accepted: list[bytes] = field(default_factory=list)
    sender: bytes | None = None
    number: int | None = None
    recipient: bool = False
    in_data: bool = False
    closed: bool = False
    batches: list[int] = field(default_factory=list)  # commands that arrived together

    def hears(self, data: bytes) -> bytes:
        self.heard += data
        self.unread += data
        replies: list[str] = []
        while not self.closed:
            reply = self._content() if self.in_data else self._command()
            if reply is None:
                break
            if reply == "close":
                self.closed = True
                break
            replies.append(reply)
            self.closed = reply.startswith("421") or reply.endswith("hanging up")
        self.batches.append(len(replies))
        return "".join(f"{r}\r\n" for r in replies).encode()

    def _fault(self, command: str, usual: str) -> str:
        return self.faults.get((self.number if self.number is not None else -1, command), usual)

    def _command(self) -> str | None:  # noqa: PLR0911 - one line per answer
        line, end, rest = self.unread.partition(b"\r\n")
        if not end:
            return None
        if line.startswith(b"BDAT"):
            return self._chunk(int(line.split()[1]), rest)
        self.unread = rest
        verb = line[:4]
        if verb == b"RSET":
            self._clear()
            return self._fault("RSET", "250 clear")
        if verb == b"MAIL":
            self.number = int(re.search(rb"FROM:<b(\d+)@", line)[1])
            if self.sender is not None:
                return "503 5.5.1 nested MAIL"
            reply = self._fault("MAIL", "250 sender ok")
            self.sender = line if reply.startswith("2") else None
            return reply
        if verb == b"RCPT":
            if self.sender is None:
                return "503 5.5.1 need MAIL"
            reply = self._fault("RCPT", "250 recipient ok")
            self.recipient = reply.startswith("2")
            return reply
        if verb == b"DATA":
            if self.sender is None or not (self.recipient or self.lenient_data):
                return "503 5.5.1 need RCPT"
            reply = self._fault("DATA", "354 go ahead")
            self.in_data = reply.startswith("354")
            return reply
        return "500 what?"

    def _content(self) -> str | None:
        if self.unread.startswith(b".\r\n"):
            body, self.unread = b"", self.unread[3:]
        else:
            body, end, rest = self.unread.partition(b"\r\n.\r\n")
            if not end:
                return None
            self.unread, body = rest, body + b"\r\n"
        self.in_data = False
        return self._take(body.replace(b"\r\n..", b"\r\n."))

    def _chunk(self, size: int, rest: bytes) -> str | None:
        if len(rest) < size:
            return None
        body, self.unread = rest[:size], rest[size:]
        if self.sender is None or not self.recipient:
            return "503 5.5.1 no valid recipients"
        return self._take(body, chunked=True)

    def _take(self, body: bytes, *, chunked: bool = False) -> str:
        reply = (
            "554 5.5.1 no valid recipients"
            if not self.recipient
            else self._fault("BODY", "250 2.0.0 queued")
        )
        if reply.startswith("2"):
            self.accepted.append(body)
        if not chunked or reply.startswith("2"):
            self._clear()
        return reply

    def _clear(self) -> None:
        self.sender, self.recipient = None, False


def flight(number: int, content: bytes | None = None) -> Flight[int]:
    body = content or b"Subject: %d\r\n\r\n.dot\r\nHello %d\r\n" % (number, number)
    return Flight(number, b"b%d@example.org" % number, b"r%d@example.net" % number, body)


def run(way: str, server: Server, count: int, *, window: int = 4, cut: int | None = None):
    """Send `count` messages; the connection is cut after `cut` octets of replies."""
    left: list[int] = []
    exchange = Exchange(OFFERS[way], lambda f: left.append(f.ticket), window=window)
    outcomes: dict[int, list[str]] = {}
    rounds = given = heard = 0

    def note(found) -> None:
        for its, outcome in found:
            outcomes.setdefault(its.ticket, []).append(outcome.verdict)

    try:
        while given < count or not exchange.idle:
            while given < count and exchange.room > 0:
                assert exchange.give(flight(given)) is None
                given += 1
            data = b"".join(exchange.output())
            assert data
            reply = server.hears(data)
            rounds += 1
            if cut is not None and heard + len(reply) > cut:
                note(exchange.received(reply[: cut - heard]))
                raise ExchangeOverError("cut")  # noqa: TRY301
            heard += len(reply)
            note(exchange.received(reply))
            if server.closed:
                raise ExchangeOverError("closed")  # noqa: TRY301
    except ExchangeOverError as over:
        note(exchange.lost(str(over), in_order=str(over) == "closed"))
    return outcomes, left, rounds, given


@pytest.mark.parametrize(("way", "trips"), [("plain", 4), ("pipelined", 1), ("chunked", 0.25)])
def test_every_message_arrives_once_and_unchanged_in_as_few_round_trips_as_offered(way, trips):
    server = Server()
    outcomes, left, rounds, _ = run(way, server, 40)
    assert outcomes == {n: ["accepted"] for n in range(40)}
    assert left == list(range(40))
    assert server.accepted == [flight(n).content for n in range(40)]
    assert rounds <= 40 * trips + 2


@pytest.mark.parametrize("way", OFFERS)
@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize(
    ("command", "reply", "verdict"),
    [
        ("MAIL", "451 4.3.0 later", "transient"),
        ("RCPT", "550 5.1.1 unknown", "permanent"),
        ("RCPT", "450 4.2.1 later", "transient"),
        ("BODY", "451 4.3.0 later", "transient"),
        ("BODY", "554 5.6.0 no", "permanent"),
        ("BODY", "550 5.7.1 spam", "ours"),
    ],
)
def test_a_refusal_is_of_one_message_alone(way, lenient, command, reply, verdict):
    server = Server({(3, command): reply, (4, command): reply}, lenient_data=lenient)
    outcomes, *_ = run(way, server, 10)
    assert outcomes == {n: [verdict if n in {3, 4} else "accepted"] for n in range(10)}
    assert server.accepted == [flight(n).content for n in range(10) if n not in {3, 4}]


@pytest.mark.parametrize("way", ["plain", "pipelined"])
def test_a_refused_data_command_leaves_the_next_message_alone(way):
    server = Server({(2, "DATA"): "451 4.3.0 busy"})
    outcomes, *_ = run(way, server, 5)
    assert outcomes == {n: ["transient" if n == 2 else "accepted"] for n in range(5)}


@pytest.mark.parametrize("way", OFFERS)
def test_the_same_words_mean_another_thing_at_another_stage(way):
    """Before a recipient is named they are about us, behind it about the recipient."""
    server = Server({(0, "MAIL"): "550 no", (1, "RCPT"): "550 no", (2, "MAIL"): "550 no"})
    outcomes, *_ = run(way, server, 4)
    assert outcomes == {0: ["ours"], 1: ["permanent"], 2: ["ours"], 3: ["accepted"]}


def test_a_server_that_speaks_unasked_is_not_listened_to_any_more():
    """Its word would be taken for the answer to what is said next."""
    exchange = Exchange(OFFERS["plain"], lambda _: None)
    with pytest.raises(ExchangeOverError, match="unasked"):
        list(exchange.received(b"250 2.0.0 taken\r\n"))


@pytest.mark.parametrize("way", ["plain", "pipelined"])
def test_a_refused_content_costs_no_reset(way):
    """Nothing is open behind it (RFC 5321 §4.1.1.4), and Exim hangs up on clients that reset too often."""
    server = Server({(n, "BODY"): "554 5.6.0 no" for n in range(3)})
    outcomes, *_ = run(way, server, 5)
    assert outcomes == {n: ["permanent" if n < 3 else "accepted"] for n in range(5)}
    assert b"RSET" not in server.heard


def test_a_goodbye_that_blames_us_blames_what_had_left_and_not_what_waited_behind_it():
    exchange, verdicts = Exchange(OFFERS["pipelined"], lambda _: None), {}
    for number in (1, 2):
        exchange.give(flight(number))
    list(exchange.received(b"250 a\r\n250 b\r\n354 go\r\n"))
    answers = exchange.received(b"421 4.7.32 not aligned\r\n")
    with pytest.raises(ExchangeOverError, match="not aligned"):
        for its, outcome in answers:
            verdicts[its.ticket] = outcome.verdict
    verdicts |= {its.ticket: outcome.verdict for its, outcome in exchange.lost("gone")}
    assert verdicts == {1: "ours", 2: "transient"}


@pytest.mark.parametrize("way", ["pipelined", "chunked"])
@pytest.mark.parametrize(
    "read", [b"", b"250 sender ok\r\n", b"250 sender ok\r\n250 recipient ok\r\n"]
)
def test_a_goodbye_asks_for_rest_for_the_recipient_that_it_answers_and_for_nobody_behind_it(
    way, read
):
    exchange, said = Exchange(OFFERS[way], lambda _: None), {}
    for number in (1, 2):
        exchange.give(flight(number))
    exchange.output()
    goodbye = b"421 4.7.0 Too many messages, try again in 10 minutes\r\n"
    with pytest.raises(ExchangeOverError, match="Too many"):
        for its, outcome in exchange.received(read + goodbye):
            said[its.ticket] = outcome
    said |= {its.ticket: outcome for its, outcome in exchange.lost("gone")}
    assert (said[1].code, said[1].retry_after) == ("421 4.7.0", 600.0)
    assert (said[2].code, said[2].retry_after) == ("421 4.4.2", None)


@pytest.mark.parametrize("way", OFFERS)
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "BODY"])
def test_a_goodbye_says_that_nothing_behind_it_was_taken(way, command):
    server = Server({(5, command): "421 4.3.2 going down"})
    outcomes, _, _, given = run(way, server, 20)
    assert all(verdicts == ["accepted"] for n, verdicts in outcomes.items() if n < 5)
    assert all(outcomes[n] == ["transient"] for n in range(5, given))
    assert len(server.accepted) == 5


@pytest.mark.parametrize("way", OFFERS)
def test_a_refused_reset_says_that_nothing_behind_it_was_taken(way):
    """Exim says 554 and hangs up on clients that reset too often."""
    server = Server({(3, "RCPT"): "550 5.1.1 unknown", (3, "RSET"): "554 hanging up"})
    outcomes, _, _, given = run(way, server, 12)
    assert outcomes.pop(3) == ["permanent"]
    assert all(verdicts == ["accepted"] for n, verdicts in outcomes.items() if n < 3)
    assert all(outcomes[n] == ["transient"] for n in range(4, given))
    assert len(server.accepted) == 3


@pytest.mark.parametrize(
    ("reply", "in_order", "verdict"),
    [
        (b"554 too many commands", True, "transient"),
        (b"554 too many commands\r\n250 sender ok", True, "unknown"),  # it went on
        (b"554 too many commands", False, "unknown"),  # perhaps more was said, and lost
        (b"502 5.5.1 what?", True, "unknown"),  # it may have gone on
    ],
)
def test_a_refused_reset_is_believed_only_of_a_server_that_hangs_up_behind_it(
    reply, in_order, verdict
):
    exchange = Exchange(OFFERS["chunked"], lambda _: None)
    for number in range(3):
        exchange.give(flight(number))
    exchange.output()
    answers = exchange.received(b"250 ok\r\n250 ok\r\n250 taken\r\n" + reply + b"\r\n")
    assert [outcome.verdict for _, outcome in answers] == ["accepted"]
    lost = [outcome for _, outcome in exchange.lost("gone", in_order=in_order)]
    assert [it.verdict for it in lost] == [verdict] * 2
    assert {it.code for it in lost} == {"554" if verdict == "transient" else "no reply"}


@pytest.mark.parametrize("way", OFFERS)
def test_a_goodbye_to_a_reset_is_an_answer_to_the_message_for_whose_sake_it_was_said(way):
    """Or a server that asks for less in that way would be asked over and over on new connections."""
    server = Server({(1, "RCPT"): "550 5.1.1 unknown", (1, "RSET"): "421 4.7.0 slow down"})
    exchange, said = Exchange(OFFERS[way], lambda _: None), {}
    for number in (1, 2, 3):
        exchange.give(flight(number))
    with pytest.raises(ExchangeOverError, match="slow down"):
        while data := b"".join(exchange.output()):
            for its, outcome in exchange.received(server.hears(data)):
                said[its.ticket] = outcome.code
    said |= {its.ticket: outcome.code for its, outcome in exchange.lost("gone")}
    assert said == {1: "550 5.1.1", 2: "421 4.7.0", 3: "421 4.4.2"}


@pytest.mark.parametrize("way", OFFERS)
@pytest.mark.parametrize("every", [1, 2, 9])
def test_a_connection_is_not_used_until_the_server_hangs_up(way, every):
    """With ten refused recipients known or on their way nothing more is given."""
    refused = {(n, "RCPT"): "550 5.1.1 unknown" for n in range(0, 200, every)}
    exchange, server = Exchange(OFFERS[way], lambda _: None, window=8), Server(refused)
    given = 0
    while exchange.room > 0 and given < 200:
        exchange.give(flight(given))
        given += 1
        while exchange.room <= 0 and not exchange.idle:
            list(exchange.received(server.hears(b"".join(exchange.output()))))
    assert len({n for n, _ in refused if n < given}) == 10
    assert exchange.weary


commands = st.sampled_from(["MAIL", "RCPT", "DATA", "BODY"])
replies = st.sampled_from(
    ["451 4.0.0 x", "550 5.1.1 x", "552-5.2.2 full\r\n552 5.2.2 really", "421 bye", "close"]
)


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(sorted(OFFERS)),
    st.dictionaries(st.tuples(st.integers(0, 11), commands), replies, max_size=6),
    st.dictionaries(
        st.tuples(st.integers(0, 11), st.just("RSET")),
        st.sampled_from(["close", "554 hanging up", "502 5.5.1 what?", "554 but I go on"]),
        max_size=1,
    ),
    st.booleans(),
    st.integers(1, 6),
    st.none() | st.integers(0, 1500),
)
def test_whatever_happens_each_message_has_one_outcome_and_it_is_true(
    way, faults, resets, lenient, window, cut
):
    server = Server(faults | resets, lenient_data=lenient)
    outcomes, left, _, given_ = run(way, server, 12, window=window, cut=cut)
    assert sorted(outcomes) == list(range(given_))
    assert all(len(verdicts) == 1 for verdicts in outcomes.values())
    taken = [int(re.search(rb"Subject: (\d+)", body)[1]) for body in server.accepted]
    assert len(taken) == len(set(taken)), "a message was taken twice"
    for number, (verdict,) in outcomes.items():
        if verdict == "accepted":
            assert number in taken
        elif verdict != "unknown":
            assert number not in taken
        else:
            assert number in left
    in_doubt = sum(v == ["unknown"] for v in outcomes.values())
    assert in_doubt <= (window if way == "chunked" else 1)


@pytest.mark.parametrize(
    "nonsense",
    [b"hello\r\n", b"25\r\n", b"250", b"250-more\r\n" * 10_000, b"\xff\xfe\r\n", b"999" * 30_000],
)
def test_what_is_no_smtp_ends_the_exchange(nonsense):
    exchange = Exchange(OFFERS["pipelined"], lambda _: None)
    exchange.give(flight(1))
    exchange.output()
    over = False
    try:
        assert list(exchange.received(nonsense)) == []
    except ExchangeOverError:
        over = True
    assert over or nonsense == b"250"
    assert [o.verdict for _, o in exchange.lost("gone")] == ["transient"]


def test_a_yes_before_the_message_has_ended_is_not_believed():
    exchange = Exchange(OFFERS["pipelined"], lambda _: None)
    exchange.give(flight(1))
    exchange.output()
    list(exchange.received(b"250 a\r\n250 b\r\n354 go\r\n"))
    exchange.output()
    answers = exchange.received(b"250 done\r\n", unsent=10)
    assert next(answers)[1].verdict == "transient"
    with pytest.raises(ExchangeOverError):
        next(answers)


@pytest.mark.parametrize("way", ["plain", "pipelined"])
def test_a_yes_in_one_breath_with_the_go_ahead_is_not_believed(way):
    exchange = Exchange(OFFERS[way], lambda _: None)
    exchange.give(flight(1))
    if way == "plain":
        for _ in range(2):
            exchange.output()
            list(exchange.received(b"250 ok\r\n"))
        said = b"354 go\r\n250 done\r\n"
    else:
        said = b"250 a\r\n250 b\r\n354 go\r\n250 done\r\n"
    exchange.output()
    answers = exchange.received(said)
    assert next(answers)[1].verdict == "transient"
    with pytest.raises(ExchangeOverError):
        next(answers)


def test_what_was_not_given_out_is_not_unknown():
    exchange = Exchange(OFFERS["pipelined"], lambda _: None)
    exchange.give(flight(1))
    exchange.output()
    with pytest.raises(ExchangeOverError):
        list(exchange.received(b"250 a\r\n250 b\r\n354 go\r\nrubbish\r\n"))
    assert [o.verdict for _, o in exchange.lost("gone")] == ["transient"]


def test_a_message_is_refused_here_when_it_is_larger_than_the_server_takes():
    size = len(flight(1).content)
    for largest, refused in ((size, False), (size - 1, True)):
        exchange = Exchange(Offers(size=True, largest=largest), lambda _: None)
        outcome = exchange.give(flight(1))
        assert (outcome is not None and outcome.verdict == "ours") is refused
        assert (exchange.output() == []) is refused


def test_notices_are_asked_for_where_they_are_offered():
    its = Flight(
        1,
        b"b1@example.org",
        b"r@example.net",
        b"x\r\n",
        envelope_id=b"e1",
        original=b"r@example.net",
    )
    for offers, asked in ((Offers(dsn=True), True), (Offers(), False)):
        exchange = Exchange(offers, lambda _: None)
        exchange.give(its)
        said = b"".join(exchange.output())
        list(exchange.received(b"250 ok\r\n"))
        said += b"".join(exchange.output())
        assert (b"RET=HDRS ENVID=e1" in said) is asked
        assert (b"ORCPT=rfc822;r@example.net" in said) is asked
