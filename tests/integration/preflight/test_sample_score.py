"""The mail of real editions keeps SpamAssassin's points at nought, in both languages, and so does the confirmation."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from mailer.addresses import read_address
from mailer.confirmation import ConfirmationMailer
from mailer.connect import SmtpSettings
from mailer.identity import MailIdentity
from mailer.tokens import Tokens
from paperround.preflight.rendering import rendered
from publisher.ingest import ReadFile, ingest
from publisher.readers.detect import read_edition
from publisher.views import issue_view
from storage import schema
from storage.database import Database
from storage.tables import Issue

PROJECT = Path(__file__).resolve().parents[3]
STATUS = re.compile(
    rb"^X-Spam-Status: .*?\bscore=(-?\d+\.\d).*?\btests=(.*?)(?=\sautolearn|^\S)",
    re.DOTALL | re.MULTILINE,
)
TOKENS = Tokens([b"k" * 32])
IDENTITY = MailIdentity(
    newsletter="The Morning Round", sender_name="The Morning Round", sender_address="news@example.org",
    reply_to="editor@example.org", base_url="https://news.example.org",
    list_id="newsletter.example.org", unsubscribe_address="unsubscribe@example.org",
    postal_address="1 Example Street, Exampleton", message_id_domain="example.org", bounce_domain=None,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _needs_the_program():
    if shutil.which("spamassassin") is None:
        pytest.skip(
            "SpamAssassin SKIPPED: the program is not here; install the package spamassassin"
        )


def points(mails):
    """Give by name each mail's score, a tenth exact, with the rules that hit; starts the program once."""
    box = b"\n\n".join(
        b"From - Thu Jan  1 00:00:00 2026\nX-Name: %s\n%s" % (name.encode(), raw)
        for name, raw in mails.items()
    )
    command = ["spamassassin", "-L", "-t", "--prefspath=/dev/null", "--cf=use_bayes 0", "--mbox"]
    done = subprocess.run(command, input=box, capture_output=True, check=True)
    found = {}
    for mail in done.stdout.replace(b"\r\n", b"\n").split(b"\nFrom - "):  # in an order of its own
        name, told = re.search(rb"^X-Name: (.*)$", mail, re.MULTILINE), STATUS.search(mail)
        found[name[1].decode()] = (float(told[1]), told[2].decode())
    assert found.keys() == mails.keys()
    return found


async def mail_of(path, folder):
    """Import an edition into a store of its own and write its mail."""
    database = Database(f"sqlite:///{folder}/{path.stem}.sqlite3")
    schema.upgrade(database)
    edition, form, digest = read_edition(path)
    with database.write() as session:
        ingest(session, ReadFile(edition, path.name, form, digest), today=datetime.now(UTC).date())
    with database.read() as session:
        view = issue_view(session, session.exec(select(Issue)).one())
    database.close()
    return (await rendered(view, IDENTITY, TOKENS)).mail.raw


def confirmation(language):
    mailer = ConfirmationMailer(SmtpSettings("localhost", 25, tls="none"), IDENTITY, TOKENS)
    to = read_address("reader@students.example.org")
    return mailer.message(1, to, language, now=datetime.now(UTC))


async def test_no_sample_edition_and_no_confirmation_gets_a_point(tmp_path):
    paths = sorted((PROJECT / "editions").glob("*.md"))
    assert {path.suffixes[0] for path in paths} == {".en", ".zh"}
    mails = {path.name: await mail_of(path, tmp_path) for path in paths}
    mails |= {f"confirmation {it}": confirmation(it) for it in ("en", "zh")}
    assert {name: it for name, it in points(mails).items() if it[0] > 0} == {}


async def test_no_edition_that_once_went_out_gets_a_point(seeds, tmp_path):
    mails = {path.name: await mail_of(path, tmp_path) for path in seeds}
    assert {name: it for name, it in points(mails).items() if it[0] > 0} == {}


def test_the_score_of_each_mail_is_told():
    """What would be spam is seen as such beside what is not."""
    found = points({"good": confirmation("en"), "bad": b"Subject: x\r\n\r\nhello\r\n"})
    assert found["good"][0] <= 0 < found["bad"][0]
