"""An issue of invented texts to render, in two languages; keys to sign it, and two judges of signatures."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import dkim
import pytest

from mailer.dkim_keys import SigningKey, make_key
from mailer.identity import MailIdentity

ISSUES = Path(__file__).resolve().parents[2] / "support" / "mail_issues.json"


@pytest.fixture
def mail_issue():
    """Give a function that makes the issue in a language, fresh each time."""
    return lambda language: json.loads(ISSUES.read_text(encoding="utf-8"))[language]


@pytest.fixture
def identity():
    return MailIdentity(
        newsletter="The Round", sender_name="The Round", sender_address="news@example.org",
        reply_to="editor@example.org", base_url="https://news.example.org",
        list_id="newsletter.example.org", unsubscribe_address="unsubscribe@example.org",
        postal_address=None, message_id_domain="example.org", bounce_domain=None,
    )  # fmt: skip


@pytest.fixture(scope="session")
def dkim_keys():
    """Two keys of example.org: RSA, then Ed25519."""
    return (
        SigningKey("example.org", "r1", make_key("rsa")),
        SigningKey("example.org", "e1", make_key("ed25519")),
    )


@pytest.fixture
def ask_dkimpy(dkim_keys):
    """Give a function that has dkimpy judge the signatures of a mail, in their order."""
    records = {f"{key.record_name}.".encode(): key.record.encode() for key in dkim_keys}

    def holds(mail, number):
        try:
            return mail.verify(number, dnsfunc=lambda name, **_: records[name])
        except dkim.ValidationError:  # how dkimpy says that the hash of the body is another
            return False

    def judge(raw):
        mail = dkim.DKIM(raw)
        return [holds(mail, number) for number in range(len(dkim_keys))]

    return judge


@pytest.fixture
def ask_opendkim(dkim_keys, tmp_path):
    """Give a function that has OpenDKIM judge the signatures of a mail, in their order."""
    program = shutil.which("opendkim") or "/usr/sbin/opendkim"
    if not Path(program).exists():
        pytest.skip("OpenDKIM SKIPPED: the program is not here; install the package opendkim")
    keys, conf, mail = tmp_path / "keys", tmp_path / "opendkim.conf", tmp_path / "mail.eml"
    keys.write_text("".join(f"{key.record_name} {key.record}\n" for key in dkim_keys))
    conf.write_text(f"Mode v\nSyslog no\nTestPublicKeys {keys}\n")

    def judge(raw):
        mail.write_bytes(raw)
        said = subprocess.run(
            [program, "-x", conf, "-t", mail, "-v", "-v"],
            capture_output=True,
            text=True,
            check=True,
        )
        return [word == "pass" for word in re.findall(r"\bdkim=(\w+)", said.stdout)]

    return judge
