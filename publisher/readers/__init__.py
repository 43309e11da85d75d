"""The formats in which an edition can be read: the project's own, and the text of saved web pages."""

from publisher.readers.detect import Form, detect, load, read
from publisher.readers.edition import (
    Edition,
    EditionEntry,
    EditionReference,
    Link,
    Note,
    NoteKind,
    Occasion,
    PaperName,
    Work,
)
from publisher.readers.errors import EditionError
from publisher.readers.marks import marks

__all__ = [
    "Edition",
    "EditionEntry",
    "EditionError",
    "EditionReference",
    "Form",
    "Link",
    "Note",
    "NoteKind",
    "Occasion",
    "PaperName",
    "Work",
    "detect",
    "load",
    "marks",
    "read",
]
