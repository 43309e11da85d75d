"""A small store that a test fills with what it needs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlmodel import select

from storage import catalog
from storage.enums import AliasOrigin, EntryKind, TopicOrigin
from storage.names import name_key
from storage.tables import Entry, EntryPaper, EntryTopic, Issue, Newsletter, Paper, PaperAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

PUBLISHED = datetime(2022, 5, 1, tzinfo=UTC)


class Shelf:
    """Puts papers into issues of one newsletter; what is put is found when the issue is indexed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.newsletter = session.exec(select(Newsletter)).first() or self._kept(
            Newsletter(slug="n", name="N", languages=["en", "zh"])
        )
        self.issues: dict[tuple[str, str], Issue] = {}

    def issue(self, slug: str = "2022-04", language: str = "en", *, draft: bool = False) -> Issue:
        """Give an issue, new where there is none."""
        if (slug, language) not in self.issues:
            month = date.fromisoformat(f"{slug}-01")
            self.issues[slug, language] = self._kept(
                Issue(newsletter_id=self.newsletter.id, slug=slug, language=language, month=month,
                      title=f"{month:%B} of {language}", month_source="given",
                      published_at=None if draft else PUBLISHED)
            )  # fmt: skip
        return self.issues[slug, language]

    def put(
        self,
        title: str | None,
        *,
        arxiv: str | None = None,
        doi: str | None = None,
        issue: Issue | None = None,
        authors: Sequence[str] = (),
        aliases: Sequence[str] = (),
        related: Sequence[str] = (),
        topics: Sequence[str] = (),
        why: str = "",
    ) -> int:
        """Put an entry, with its paper where it has a title, one that is there where the arXiv id is; gives its id."""
        issue = issue or self.issue()
        place = len(self._in(issue)) + 1
        entry = self._kept(
            Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=place, number=place, title=title,
                  authors=list(authors), why=why,
                  related=[{"title": one, "url": None, "arxiv": None} for one in related])
        )  # fmt: skip
        if title:
            known = arxiv and self.session.exec(select(Paper).where(Paper.arxiv == arxiv)).first()
            paper = known or self._kept(
                Paper(title=title, title_key=name_key(title), arxiv=arxiv, doi=doi)
            )
            self.session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id))
            for alias in aliases:
                self.session.add(PaperAlias(paper_id=paper.id, name=alias, key=name_key(alias),
                                            origin=AliasOrigin.EDITOR))  # fmt: skip
        for slug in topics:
            self.session.add(EntryTopic(entry_id=entry.id, topic=slug, origin=TopicOrigin.EDITOR))
        return entry.id

    def index(self) -> None:
        """Index every issue."""
        for issue in self.issues.values():
            catalog.index_issue(self.session, issue.id)

    def _in(self, issue: Issue) -> list[int]:
        rows = self.session.exec(select(Entry.id).where(Entry.issue_id == issue.id))
        return list(rows)

    def _kept(self, row):
        self.session.add(row)
        self.session.flush()
        return row
