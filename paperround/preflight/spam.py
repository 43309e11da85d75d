"""Asks SpamAssassin what it thinks of a mail, where it is installed; without the network."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from mailer.preflight import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

WARN_FROM: Final = 3.0
FAIL_FROM: Final = 5.0  # where SpamAssassin itself says spam
_PATIENCE_S: Final = 60.0
# Local rules only, and neither a person's preferences nor what was learned on this machine.
_ALONE: Final = ("-L", "-t", "--prefspath=/dev/null", "--cf=use_bayes 0")
_STATUS: Final = re.compile(
    rb"^X-Spam-Status: .*?\bscore=(-?\d+(?:\.\d+)?)(.*?)(?=^\S|\Z)", re.DOTALL | re.MULTILINE
)
_REMEDY: Final = "Look up the rules that hit, and change the text or the settings they name."


def check_spam(raw: bytes) -> Iterator[Finding]:
    """Judge a mail by its score; skipped where the program is not here."""
    command = _command()
    if command is None:
        yield Finding("skip", "spamassassin", "SpamAssassin is not installed here.")
        return
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command; the mail is its input
            command, input=raw, capture_output=True, check=False, timeout=_PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        what = f"SpamAssassin gave no answer ({type(error).__name__})."
        yield Finding("warn", "spamassassin", what, "Run it by hand on a mail to see why.")
        return
    match = _STATUS.search(done.stdout.replace(b"\r\n", b"\n"))
    if match is None:
        what = f"SpamAssassin gave no score (exit code {done.returncode})."
        yield Finding("warn", "spamassassin", what, "Run it by hand on a mail to see why.")
        return
    yield _judged(float(match[1]), match[2].decode("ascii", "replace"))


def _command() -> list[str] | None:
    if (program := shutil.which("spamassassin")) is not None:
        return [program, *_ALONE]
    if (program := shutil.which("spamc")) is not None:
        return [program]
    return None


def _judged(score: float, rest: str) -> Finding:
    found = re.search(r"\btests=(.*?)(?:\s\w+=|$)", rest, re.DOTALL)
    rules = re.sub(r"\s+", "", found[1]).replace(",", ", ") if found else ""
    what = f"SpamAssassin gives {score:.1f} points ({rules or 'no rule hit'}); 5 are spam."
    if score >= FAIL_FROM:
        return Finding("fail", "spamassassin", what, _REMEDY)
    if score >= WARN_FROM:
        return Finding("warn", "spamassassin", what, _REMEDY)
    return Finding("pass", "spamassassin", what)
