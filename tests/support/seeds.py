"""The real editions, imported with their corrections as an editor would."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.corrections import read_corrections
from publisher.ingest import ReadFile, apply_corrections, ingest
from publisher.readers.detect import read_edition

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Database


def import_seeds(database: Database, shared: Path) -> None:
    """Import the editions of the shared folder, in the order of their names, and correct them."""
    today = datetime.now(UTC).date()
    for path in sorted((shared / "seeds").glob("*.txt")):
        edition, form, digest = read_edition(path)
        with database.write() as session:
            ingest(session, ReadFile(edition, path.name, form, digest), today=today)
    corrections = (shared / "data" / "seed_corrections.toml").read_text(encoding="utf-8")
    with database.write() as session:
        apply_corrections(session, read_corrections(corrections, "c"), "c")
