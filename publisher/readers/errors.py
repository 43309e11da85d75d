"""What can be wrong with an edition or a corrections file, with the place and the remedy."""

from __future__ import annotations

from publisher.errors import PublisherError


class EditionError(PublisherError):
    """The edition cannot be read.

    Args:
        file: The file's name as the editor knows it.
        line: The line, from 1; None where the whole file is meant.
        what: What is wrong, without a full stop.
        remedy: What to do about it, a sentence.
    """

    def __init__(self, file: str, line: int | None, what: str, remedy: str) -> None:
        self.file, self.line, self.what, self.remedy = file, line, what, remedy
        place = file if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {what}. {remedy}")


class DuplicateEditionError(PublisherError):
    """Another file already holds this edition."""
