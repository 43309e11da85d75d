"""Names an entry of an issue inside a button, so that the button outlives restarts and re-imports."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_CUSTOM_ID = 100  # characters, Discord's limit for a component's custom_id

_SLUG = r"[^:\s]{1,80}"
_LANGUAGE = r"[A-Za-z][A-Za-z0-9-]{1,15}"
ENTRY_PATTERN = rf"(?P<slug>{_SLUG}):(?P<language>{_LANGUAGE}):(?P<number>\d{{1,6}})"
PAPER_BUTTON = rf"paper:{ENTRY_PATTERN}"
RELATED_BUTTON = rf"related:{ENTRY_PATTERN}"
CITE_BUTTON = rf"cite:(?P<format>[a-z]{{1,8}}):{ENTRY_PATTERN}"


@dataclass(frozen=True, slots=True)
class EntryKey:
    """An entry by what is printed: issue, edition and number. Row numbers change, these do not."""

    slug: str
    language: str
    number: int

    def __str__(self) -> str:
        return f"{self.slug}:{self.language}:{self.number}"

    @property
    def button(self) -> str | None:
        """The custom_id of a button that opens the entry, or None where the slug is too long for one."""
        return self.button_to("paper")

    def button_to(self, what: str) -> str | None:
        """Give the custom_id of a button that does something with the entry, or None where it is too long."""
        custom_id = f"{what}:{self}"
        return custom_id if len(custom_id) <= MAX_CUSTOM_ID else None

    @classmethod
    def parse(cls, text: str) -> EntryKey | None:
        """Read a key back; None for anything else."""
        match = re.fullmatch(ENTRY_PATTERN, text)
        return cls.of(match) if match else None

    @classmethod
    def of(cls, match: re.Match[str]) -> EntryKey:
        """Take the key out of a match of `ENTRY_PATTERN` or `PAPER_BUTTON`."""
        return cls(match["slug"], match["language"], int(match["number"]))
