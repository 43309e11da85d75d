"""Tells at which line of a TOML file the reader stumbled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tomllib import TOMLDecodeError

_LINE = re.compile(r"at line (\d+)")  # before Python 3.14 only the message knows


def wrong_line(error: TOMLDecodeError) -> int | None:
    """Give the line that is not TOML, from 1; None where the error names none, as at the end."""
    match = _LINE.search(str(error))
    return int(match[1]) if match else None
