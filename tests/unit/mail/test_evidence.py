"""What a mail server's log and a delivery status notification prove; the Postfix lines are from a real one."""

import gzip
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText

import pytest

from mailer.errors import EvidenceError
from mailer.evidence import LINE_BYTES, read_evidence, shown_name

# Postfix 3.7 took `whole`, lost the connection in the middle of `cutdata` and of `cutbdat`, and took
# `noreply`, whose sender was gone before the reply.
POSTFIX = """\
Nov 21 10:02:59 mx postfix/smtpd[5716]: connect from localhost[127.0.0.1]
Nov 21 10:02:59 mx postfix/smtpd[5716]: D034B28C382: client=localhost[127.0.0.1]
Nov 21 10:02:59 mx postfix/cleanup[5718]: D034B28C382: message-id=<whole@example.org>
Nov 21 10:02:59 mx postfix/qmgr[5651]: D034B28C382: from=<b+1.abc@bounce.example.org>, size=8306, nrcpt=1 (queue active)
Nov 21 10:02:59 mx postfix/discard[5719]: D034B28C382: to=<r@example.org>, relay=none, delay=0.01, delays=0.01/0.01/0/0, dsn=2.0.0, status=sent (example.org)
Nov 21 10:02:59 mx postfix/qmgr[5651]: D034B28C382: removed
Nov 21 10:02:59 mx postfix/smtpd[5716]: D218228C3A2: client=localhost[127.0.0.1]
Nov 21 10:02:59 mx postfix/cleanup[5718]: D218228C3A2: message-id=<cutdata@example.org>
Nov 21 10:03:00 mx postfix/smtpd[5716]: lost connection after DATA (30092 bytes) from localhost[127.0.0.1]
Nov 21 10:03:00 mx postfix/smtpd[5716]: disconnect from localhost[127.0.0.1] ehlo=1 mail=2 rcpt=2 data=1/2 commands=6/7
Nov 21 10:03:00 mx postfix/smtpd[5716]: connect from localhost[127.0.0.1]
Nov 21 10:03:00 mx postfix/smtpd[5716]: D82C828C3B2: client=localhost[127.0.0.1]
Nov 21 10:03:00 mx postfix/cleanup[5718]: D82C828C3B2: message-id=<cutbdat@example.org>
Nov 21 10:03:01 mx postfix/smtpd[5716]: lost connection after BDAT (30092 bytes) from localhost[127.0.0.1]
Nov 21 10:03:01 mx postfix/smtpd[5780]: connect from localhost[127.0.0.1]
Nov 21 10:03:01 mx postfix/smtpd[5716]: disconnect from localhost[127.0.0.1] ehlo=1 mail=2 rcpt=2 bdat=1/2 commands=6/7
Nov 21 10:03:01 mx postfix/smtpd[5780]: D8CAA28C3B2: client=localhost[127.0.0.1]
Nov 21 10:03:01 mx postfix/cleanup[5718]: D8CAA28C3B2: message-id=<noreply@example.org>
Nov 21 10:03:01 mx postfix/qmgr[5651]: D8CAA28C3B2: from=<b+5.abc@bounce.example.org>, size=8308, nrcpt=1 (queue active)
"""  # noqa: E501
OURS = {f"{name}@example.org" for name in ("whole", "cutdata", "cutbdat", "noreply", "absent")}
ENVID = "b+4711.0123456789abcdef0123456789abcdef"


def read(path, text, wanted=OURS):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_evidence([path], wanted, lambda envelope_id: envelope_id == ENVID)


def test_postfix_took_what_its_queue_names_and_not_what_was_cut_off(tmp_path) -> None:
    evidence = read(tmp_path / "mail.log", POSTFIX)
    assert evidence.taken == {"whole@example.org": "mail.log", "noreply@example.org": "mail.log"}
    assert evidence.refused == {"cutdata@example.org", "cutbdat@example.org"}
    assert evidence.named == OURS - {"absent@example.org"}


def test_a_queue_id_that_is_used_again_speaks_of_the_later_message(tmp_path) -> None:
    log = POSTFIX.replace("D8CAA28C3B2", "D82C828C3B2").replace("noreply", "of-others")
    evidence = read(tmp_path / "mail.log", log)
    assert set(evidence.taken) == {"whole@example.org"}
    assert "cutbdat@example.org" in evidence.refused


def test_of_two_tries_of_a_message_the_one_that_was_taken_counts(tmp_path) -> None:
    """The first was cut off; the next log shows the second, which the queue names."""
    again = POSTFIX.replace("whole@", "cutbdat@").replace("D034B28C382", "E034B28C382")
    logs = [tmp_path / "mail.log.1", tmp_path / "mail.log"]
    for log, lines in zip(logs, (POSTFIX, again), strict=True):
        log.write_text(lines, "utf-8")
    for paths in (logs, logs[::-1]):
        evidence = read_evidence(paths, OURS, bool)
        assert "cutbdat@example.org" in evidence.taken
        assert "cutbdat@example.org" not in evidence.refused


def test_a_try_whose_end_is_missing_takes_back_that_an_earlier_one_was_cut_off(tmp_path) -> None:
    again = [it for it in POSTFIX.splitlines() if "D82C828C3B2" in it]
    log = POSTFIX + "\n".join(again).replace("D82C828C3B2", "E82C828C3B2") + "\n"
    assert "cutbdat@example.org" not in read(tmp_path / "mail.log", log).refused


def test_a_process_that_was_used_again_speaks_of_its_new_connection(tmp_path) -> None:
    """It loses one that had named no message yet; the one before it was whole."""
    cut = (
        "Nov 21 10:03:02 mx postfix/smtpd[5780]: lost connection after DATA (0 bytes) from x[::1]\n"
    )
    gone = "Nov 21 10:03:01 mx postfix/smtpd[5780]: disconnect from x[::1] ehlo=1 commands=4\n"
    unfinished = POSTFIX[: POSTFIX.rindex("Nov 21 10:03:01")]  # the queue does not name it
    assert "noreply@example.org" in read(tmp_path / "one.log", unfinished + cut).refused
    assert "noreply@example.org" not in read(tmp_path / "two.log", unfinished + gone + cut).refused


def test_a_message_that_postfix_named_last_is_neither_taken_nor_refused(tmp_path) -> None:
    evidence = read(tmp_path / "mail.log", POSTFIX[: POSTFIX.index("Nov 21 10:03:00")])
    assert "cutdata@example.org" in evidence.named - evidence.refused - set(evidence.taken)


def test_a_message_may_be_named_at_the_end_of_one_log_and_queued_in_the_next(tmp_path) -> None:
    lines = POSTFIX.splitlines(keepends=True)
    with gzip.open(tmp_path / "mail.log.1.gz", "wb") as older:
        older.write("".join(lines[:3]).encode())
    (tmp_path / "mail.log").write_text("".join(lines[3:]), "utf-8")
    paths = [tmp_path / "mail.log.1.gz", tmp_path / "mail.log"]
    assert read_evidence(paths, OURS, bool).taken["whole@example.org"] == "mail.log"


@pytest.mark.parametrize(
    "line",
    [
        "2026-12-01 09:00:01 1qnXYZ-000ABC-12 <= news@example.org H=mail.example.com [10.0.0.5] P=esmtps S=4512 id=whole@example.org",  # noqa: E501
        "2026-12-01 09:00:01 1xB000-000000037ku-33mU <= whole@example.org H=m [10.0.0.5] P=esmtps S=4512 id=other@example.org",  # noqa: E501
        "Dec  1 09:00:01 mx smtpd[3920]: f274cf34b7d0786b smtp envelope evpid=78e5c402920bcc4f from=<Whole@example.org> to=<r@example.net>",  # noqa: E501
        "Dec  1 09:00:01 mx smtpd[3920]: f274cf34b7d0786b smtp message msgid=whole@example.org size=1118 nrcpt=1 proto=ESMTP",  # noqa: E501
        "Dec  1 09:00:01 mx sm-mta[22]: 5B1901aB000022: from=<news@example.org>, size=900, class=0, nrcpts=1, msgid=<whole@example.org>, proto=ESMTP, daemon=MTA",  # noqa: E501
    ],
    ids=["Exim", "Exim by sender", "OpenSMTPD by sender", "OpenSMTPD", "sendmail"],
)
def test_other_servers_name_a_message_once_they_took_it(tmp_path, line) -> None:
    assert read(tmp_path / "log", f"{line}\n").taken == {"whole@example.org": "log"}


@pytest.mark.parametrize(
    "line",
    [
        '2026-12-01 09:00:01 1qnXYZ-000ABC-12 <= o@example.com H=m P=esmtps S=4 T="x id=whole@example.org y" id=o@example.com',  # noqa: E501
        "2026-12-01 09:00:01 1qnXYZ-000ABC-12 <= o@example.com H=m P=esmtps S=4 id=not-whole@example.org",
        "2026-12-01 09:00:01 1qnXYZ-000ABC-12 <= o@example.com H=m P=esmtps S=4 id=whole@example.org.uk",
        "Dec  1 09:00:01 mx postfix/cleanup[1]: D034B28C38: milter-reject: END-OF-MESSAGE from x[::1]: 5.7.1 <whole@example.org>; from=<a@b> to=<c@d>",  # noqa: E501
        "Dec  1 09:00:01 mx rspamd[7]: <ab12>; task; rspamd_task_write_log: id: <whole@example.org>, from: <a@b>",
    ],
    ids=["in a subject", "longer in front", "longer behind", "refused by a milter", "a filter"],
)  # fmt: skip
def test_a_line_that_merely_holds_the_text_proves_nothing(tmp_path, line) -> None:
    assert not read(
        tmp_path / "log", f"{POSTFIX.replace('whole', 'x')}{line}\n", {"whole@example.org"}
    ).taken


def notification(action="failed", status="5.1.1", envid=ENVID, **more) -> Message:
    """Build a notification as RFC 3464 shows it."""
    fields = Message()
    fields["Reporting-MTA"] = "dns; mx.example.net"
    fields["Original-Envelope-Id"] = envid
    group = Message()
    group["Original-Recipient"] = "rfc822; jane+2Bnews@example.org"
    group["Final-Recipient"] = "rfc822; jane@store.example.org"
    group["Action"], group["Status"] = action, status
    report = MIMENonMultipart("message", "delivery-status")
    report.set_payload([fields, group])
    whole = MIMEMultipart("report", report_type="delivery-status")
    whole["From"], whole["Subject"] = "MAILER-DAEMON@mx.example.net", "Undelivered mail"
    for part in (MIMEText("I could not deliver it."), report):
        whole.attach(part)
    for name, value in more.items():
        whole[name] = value
    return whole


@pytest.mark.parametrize("envid", [ENVID, ENVID.replace("+", "+2B")], ids=["decoded", "xtext"])
def test_a_notification_names_our_envelope_and_the_fate_of_its_recipient(tmp_path, envid) -> None:
    ((notice, name),) = read(tmp_path / "it.eml", notification(envid=envid).as_bytes()).notices
    assert (notice.has_failed, name) == (True, "it.eml")
    (fate,) = notice.fates
    assert (fate.action, fate.status) == ("failed", "5.1.1")
    assert {"jane+news@example.org", "jane@store.example.org"} < fate.addresses


def test_a_message_that_somebody_got_has_not_failed(tmp_path) -> None:
    """RFC 3464 §2.3: a group of fields for each recipient, such as those of an alias."""
    whole = notification()
    (report,) = [it for it in whole.walk() if it.get_content_type() == "message/delivery-status"]
    for action in ("delayed", "delivered"):
        group = Message()
        group["Final-Recipient"], group["Action"] = "rfc822; joe@example.org", action
        report.get_payload().append(group)
    ((notice, _),) = read(tmp_path / "it.eml", whole.as_bytes()).notices
    assert [fate.action for fate in notice.fates] == ["failed", "delayed", "delivered"]
    assert not notice.has_failed


def test_an_mbox_gives_the_notifications_of_our_envelopes_alone(tmp_path) -> None:
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "a@example.org", "Thank you"
    letter.set_content("From here on\n\nit is all new.\n" * 9)
    mails = [letter, notification(envid="other"), notification("delayed", "4.2.2"), letter]
    box = b"".join(
        b"From MAILER-DAEMON Tue Dec  1 09:00:00 2026\n" + bytes(it) + b"\n" for it in mails
    )
    ((notice, _),) = read(tmp_path / "box", box).notices
    assert not notice.has_failed


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no log of a mail server"),
        (b"\x00\xff" * 100_000, "no log of a mail server"),
        (b"Dec  1 09:00:01 mx smtpd[3]: f274cf34b7d0786b smtp message msgid=78e5c402 size=1\n",
         "no log of a mail server"),
        (b"From: a@example.org\nSubject: hello\n\nhello\n", "no delivery status notification"),
        (b"\x1f\x8bgarbage", "cannot be read"),
        (gzip.compress(POSTFIX.encode())[:-20], "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told(tmp_path, content, complaint) -> None:
    with pytest.raises(EvidenceError, match=complaint):
        read(tmp_path / "file", content)


@pytest.mark.parametrize(
    "nest",
    [
        b"Content-Type: message/rfc822\n\n" * 8000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(4000)
        ),
    ],
    ids=["messages", "parts"],
)
def test_a_mail_nested_without_end_hides_no_notification(tmp_path, nest) -> None:
    """Anybody may send one to the address that notifications come to."""
    parcel = b"From x@y Sat\nFrom: x@y\n" + nest + b"\n\nFrom x@y Sat\n"
    ((notice, _),) = read(tmp_path / "box", parcel + notification().as_bytes()).notices
    assert notice.has_failed


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path) -> None:
    for path in (tmp_path / "absent.log", tmp_path):
        with pytest.raises(EvidenceError, match="cannot be read: "):
            read_evidence([path], OURS, bool)


def test_a_line_without_end_is_read_in_pieces(tmp_path) -> None:
    log = b"x" * (3 * LINE_BYTES) + b"\n" + POSTFIX.encode()
    assert read(tmp_path / "log", log).taken


def test_the_name_of_a_file_is_kept_without_folder_and_addresses(tmp_path) -> None:
    assert shown_name(tmp_path / "Undelivered to jane@example.org.eml") == "Undelivered to …"
