"""Puts an edition into the store: an issue is the merge of its kept copies and of an editor's corrections.

Every copy that was read is kept as it was understood, and so is every correction; importing again
merges them again. So an import can be repeated, a second copy can only fill holes, the order of imports
does not matter, and an editor's word is never lost. One call is one transaction of the caller's.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import select

from publisher.errors import PublisherError
from publisher.folding import Fold, editions_of, fold_issue, original_of
from publisher.known_as import settle
from publisher.merge import NATIVE, number_at, share_papers
from publisher.papers import Names, Numbered, issues_about, papers_in
from publisher.readers.edition import Edition
from publisher.rows import language_title, write_issue
from publisher.topics.keeping import choose, slugs_of, taxonomy_of, write_topics
from publisher.views import issue_view
from storage import catalog
from storage.tables import Copy, Correction, Issue, now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlmodel import Session

    from publisher.corrections import Given
    from publisher.topics.taxonomy import Taxonomy


class DuplicateEditionError(PublisherError):
    """Another file holds this issue already."""


@dataclass
class Report:
    """What an import did to one issue, for the editor to read."""

    slug: str
    language: str
    outcome: str = "unchanged"  # added, updated or unchanged
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0  # entries
    conflicts: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    inferred: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    published: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give the report as JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read: what it said, and what it was."""

    edition: Edition
    origin: str  # its name, without the folder
    form: str
    digest: str


def digest_of(content: bytes) -> str:
    """Give the SHA-256 of a file, in hex."""
    return hashlib.sha256(content).hexdigest()


def ingest(
    session: Session, read: ReadFile, *, today: date, draft: bool = False, replace: bool = False
) -> list[Report]:
    """Take in a copy of an issue; gives a report on it and on each translation that it completed.

    Args:
        session: An open transaction.
        read: The file.
        today: The day; an edition of a past month or day is published, another is a draft.
        draft: Keep it a draft whatever its month.
        replace: Let this file take the place of another one written in our own format.

    Raises:
        DuplicateEditionError: Another file in our own format holds this issue.
        TopicError: It names a topic that is not there.
    """
    edition = read.edition
    _check_topics(taxonomy_of(session), read)
    issue = _find(session, edition.slug, edition.language)
    before = _shown(session, edition.slug)
    if issue is None:
        issue = _new_issue(session, edition, today, draft=draft)
    _keep_copy(session, issue, read, replace=replace)
    return _rebuild(session, edition.slug, before)


def apply_corrections(session: Session, given: Sequence[Given], origin: str) -> list[Report]:
    """Keep an editor's corrections and apply them to the issues that are here; others wait for theirs.

    Raises:
        TopicError: A correction names a topic that is not there.
    """
    taxonomy = taxonomy_of(session)
    for one in given:
        _keep_correction(session, _with_slugs(one, taxonomy, origin), origin)
    session.flush()
    return [
        report for slug in dict.fromkeys(g.slug for g in given) for report in rebuild(session, slug)
    ]


def rebuild(session: Session, slug: str) -> list[Report]:
    """Make an issue anew from its copies and corrections."""
    return _rebuild(session, slug, _shown(session, slug))


def lacking(
    session: Session, slugs: Sequence[str]
) -> dict[str, list[tuple[int, str, dict[str, Any]]]]:
    """List, for each issue, the entries that lack a title or an arXiv id: (number, authors, what is known)."""
    found: dict[str, list[tuple[int, str, dict[str, Any]]]] = {}
    for slug in slugs:
        seen: set[int] = set()
        for issue in editions_of(session, slug):
            for entry in issue_view(session, issue)["entries"]:
                complete = (
                    entry["title"] and entry["papers"] and all(p["arxiv"] for p in entry["papers"])
                )
                if complete or entry["number"] in seen:
                    continue
                seen.add(entry["number"])
                known = {
                    "title": entry["title"],
                    "papers": [{"title": p["title"], "arxiv": p["arxiv"]} for p in entry["papers"]],
                }
                found.setdefault(slug, []).append(
                    (entry["number"], ", ".join(entry["authors"]), known)
                )
    return found


def _find(session: Session, slug: str, language: str) -> Issue | None:
    return session.exec(select(Issue).where(Issue.slug == slug, Issue.language == language)).first()


def _shown(session: Session, slug: str) -> dict[str, dict[str, Any]]:
    return {i.language: dict(issue_view(session, i)) for i in editions_of(session, slug)}


def _new_issue(session: Session, edition: Edition, today: date, *, draft: bool) -> Issue:
    of = edition.day or edition.month
    past = of < (today if edition.day else today.replace(day=1))
    twin = next(iter(editions_of(session, edition.slug)), None)
    published = datetime(of.year, of.month, of.day, tzinfo=UTC) if past else None
    issue = Issue(
        newsletter_id=Numbered(session).newsletter(edition.newsletter),
        slug=edition.slug,
        language=edition.language,
        title=edition.title or language_title(edition),
        month=edition.month,
        month_source=edition.month_source,
        # A translation follows its original; a draft stays one until its send starts.
        published_at=None if draft else twin.published_at if twin else published,
    )
    session.add(issue)
    session.flush()
    return issue


def _keep_copy(session: Session, issue: Issue, read: ReadFile, *, replace: bool) -> None:
    copies = session.exec(select(Copy).where(Copy.issue_id == issue.id)).all()
    same = next((c for c in copies if c.origin == read.origin), None)
    rivals: list[Copy] = []
    if same is None and read.form == NATIVE:
        rivals = [c for c in copies if c.form == NATIVE]
        if rivals and not replace:
            raise DuplicateEditionError(
                f"{read.origin}: issue {issue.slug} ({issue.language}) comes from {rivals[0].origin} already. "
                "Give this file another slug or language, or let it take the other's place with --replace."
            )
        for rival in rivals:
            session.delete(rival)
    if same is None and not replace:
        _check_kinship(issue, copies, read)
    if same is None:
        # The same text under another name adds nothing.
        if any(c.digest == read.digest and c not in rivals for c in copies):
            return
        same = Copy(issue_id=issue.id or 0, origin=read.origin, form="", digest="", edition={})
    if same.digest != read.digest or same.edition != read.edition.to_json():
        same.form, same.digest, same.read_at = read.form, read.digest, now()
        same.edition = read.edition.to_json()
        session.add(same)
    session.flush()


def _check_kinship(issue: Issue, copies: Sequence[Copy], read: ReadFile) -> None:
    """Refuse a text of the same month and language that has no paper in common with the issue."""
    held = [Edition.from_json(c.edition) for c in copies]
    if held and not any(share_papers(read.edition, edition) for edition in held):
        raise DuplicateEditionError(
            f"{read.origin}: it has no paper in common with issue {issue.slug} ({issue.language}), which comes "
            f"from {copies[0].origin}. Write it in our own format with a slug of its own."
        )


def _check_topics(taxonomy: Taxonomy, read: ReadFile) -> None:
    for place, entry in enumerate(read.edition.entries):
        slugs_of(taxonomy, entry.topics or (), f"{read.origin}, entry {number_at(entry, place)}")


def _with_slugs(given: Given, taxonomy: Taxonomy, origin: str) -> Given:
    if "topics" not in given.content:
        return given
    place = f"{origin}, entry {given.number} of {given.slug}"
    topics = slugs_of(taxonomy, given.content["topics"], place)
    return replace(given, content=given.content | {"topics": topics})


def _keep_correction(session: Session, given: Given, origin: str) -> None:
    kept = session.exec(
        select(Correction).where(
            Correction.slug == given.slug,
            Correction.language == given.language,
            Correction.number == given.number,
        )
    ).first()
    if kept is None:
        kept = Correction(
            slug=given.slug, language=given.language, number=given.number, content={}, origin=origin
        )
    merged = {**kept.content, **given.content}
    if merged != kept.content:
        kept.content, kept.origin, kept.given_at = merged, origin, now()
    session.add(kept)


def _rebuild(session: Session, slug: str, before: dict[str, dict[str, Any]]) -> list[Report]:
    """Fold every edition of an issue anew from what is kept of it, and write what changed."""
    folds = fold_issue(session, slug)
    if not folds:
        return []  # its corrections wait for it
    issues = [issue for issue in editions_of(session, slug) if issue.language in folds]
    original = original_of(issues)
    topics = choose(
        taxonomy_of(session), {k: f.edition for k, f in folds.items()}, original.language
    )
    names = Names(slug)
    concerned = papers_in(session, slug)
    for issue in issues:
        write_issue(session, issue, folds[issue.language].edition,
                    original if original is not issue else None, names=names)  # fmt: skip
        write_topics(session, issue, topics[issue.language])
    Numbered(session).drop_orphans(names, concerned | papers_in(session, slug))
    settled = settle(session, concerned | papers_in(session, slug), {slug: folds})
    reports = [_report(session, i, before.get(i.language), folds[i.language]) for i in issues]
    for issue, report in zip(issues, reports, strict=True):
        if report.outcome != "unchanged":
            issue.updated_at = now()
            session.add(issue)
    elsewhere = issues_about(session, names.touched | settled)
    for issue_id in sorted(elsewhere | {issue.id or 0 for issue in issues}):
        catalog.index_issue(session, issue_id)
    return reports


def _report(session: Session, issue: Issue, before: dict[str, Any] | None, folded: Fold) -> Report:
    session.flush()
    after: dict[str, Any] = dict(issue_view(session, issue))
    report = Report(issue.slug, issue.language, published=issue.published_at is not None)
    old = {e["number"]: e for e in before["entries"]} if before else {}
    for entry in after["entries"]:
        name = f"{entry['number']}. {entry['title'] or '(title unknown)'}"
        if entry["number"] not in old:
            report.added.append(name)
        elif entry != old[entry["number"]]:
            report.updated.append(name)
        else:
            report.unchanged += 1
    for part in ("title", "intro", "news", "references", "sponsor", "events", "translation_credit"):
        if before and before[part] != after[part]:
            report.updated.append(part)
    if before is None:
        report.outcome = "added"
    elif report.added or report.updated:
        report.outcome = "updated"
    report.inferred = [issue.month_source]
    report.conflicts = list(folded.conflicts)
    report.remarks = list(folded.edition.remarks)
    report.missing = _missing(folded.edition)
    return report


def _missing(edition: Edition) -> list[str]:
    found = []
    for place, one in enumerate(edition.entries):
        where = f"entry {number_at(one, place)} ({', '.join(one.authors[:2]) or 'no authors'})"
        if not one.title:
            found.append(f"{where}: title")
        if not one.papers or any(p.arxiv is None and p.doi is None for p in one.papers):
            found.append(f"{where}: arXiv id")
    return found
