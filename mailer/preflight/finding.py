"""What a check found: how bad it is, what it is, where it stands, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["pass", "warn", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at before a send.

    Attributes:
        level: `fail` where readers or their servers would not get what was meant; `skip` where
            nothing was looked at.
        name: The check's name, such as `size`.
        what: What was found; free of addresses and tokens.
        remedy: What to do about it; empty where nothing is to be done.
        place: Where it stands, such as `HTML, line 12`; empty where it is the mail as a whole.
    """

    level: Level
    name: str
    what: str
    remedy: str = ""
    place: str = ""
