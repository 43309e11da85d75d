"""What can go wrong while an edition is read; a class's docstring is its default message."""

from __future__ import annotations

from publisher.errors import PublisherError


class EditionError(PublisherError):
    """The edition cannot be read.

    Args:
        what: What is wrong, with what was given.
        remedy: What to do about it.
        file: Name of the file.
        line: Line in the file, from 1; None where no single line is at fault.
    """

    def __init__(self, what: str, remedy: str, *, file: str, line: int | None = None) -> None:
        self.what, self.remedy, self.file, self.line = what, remedy, file, line
        place = f"{file}, line {line}" if line else file
        super().__init__(f"{place}: {what} {remedy}")
