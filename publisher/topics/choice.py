"""What an editor says about topics: which ones an entry has, and which ones there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from publisher.corrections import Given
from publisher.errors import TopicError
from publisher.folding import editions_of, fold_issue, original_of
from publisher.ingest import apply_corrections, rebuild
from publisher.topics.keeping import choose, keep_taxonomy, slugs_of, taxonomy_of, write_topics
from publisher.views import find_issue, issue_view
from storage import catalog
from storage.tables import Copy, Correction, Issue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlmodel import Session

    from publisher.ingest import Report
    from publisher.topics.taxonomy import Taxonomy

ORIGIN = "paperround topics set"


def set_topics(session: Session, slug: str, number: int, names: Sequence[str]) -> list[Report]:
    """Give an entry exactly these topics, in every language; none where there are no names.

    The choice is kept beside whatever else was corrected of the entry, and outlives every import.

    Raises:
        TopicError: There is no such issue, entry or topic.
    """
    _check_entry(session, slug, number)
    slugs = slugs_of(taxonomy_of(session), names, f"Entry {number} of {slug}")
    _forget_choice(session, slug, number)
    return apply_corrections(session, [Given(slug, "", number, {"topics": slugs})], ORIGIN)


def clear_topics(session: Session, slug: str, number: int) -> list[Report]:
    """Give the choice for an entry back to its edition and the rules.

    Raises:
        TopicError: There is no such issue or entry.
    """
    _check_entry(session, slug, number)
    _forget_choice(session, slug, number)
    return rebuild(session, slug)


def load_taxonomy(
    session: Session,
    taxonomy: Taxonomy,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Let a taxonomy take the place of the present one and propose anew for every entry.

    Tells `progress(done, of)` of the issues and gives the number of editions that changed. What an editor
    chose stays; a choice of a topic that is gone shows nothing until the topic is back.
    """
    keep_taxonomy(session, taxonomy)
    return propose_anew(session, progress)


def propose_anew(
    session: Session,
    progress: Callable[[int, int], None] | None = None,
    *,
    indexed: bool = True,
) -> int:
    """Propose topics for every entry again, as after a change of the taxonomy; editors' choices stay.

    Tells `progress(done, of)` of the issues and gives the number of editions that changed. They are indexed
    anew; not where `indexed` is false, because the caller indexes everything.
    """
    taxonomy = taxonomy_of(session)
    read = select(Issue.slug).join(Copy, col(Copy.issue_id) == Issue.id)
    slugs = session.exec(read.distinct().order_by(Issue.slug)).all()
    changed = 0
    for done, slug in enumerate(slugs, 1):
        folds = fold_issue(session, slug)
        issues = [issue for issue in editions_of(session, slug) if issue.language in folds]
        editions = {language: folded.edition for language, folded in folds.items()}
        topics = choose(taxonomy, editions, original_of(issues).language)
        for issue in issues:
            if not write_topics(session, issue, topics[issue.language]):
                continue
            changed += 1
            if indexed:
                catalog.index_issue(session, issue.id or 0)
        session.expunge_all()
        if progress:
            progress(done, len(slugs))
    return changed


def choices_gone(session: Session) -> dict[str, str]:
    """List the kept choices of topics that are no more, by the entry they were made for."""
    taxonomy = taxonomy_of(session)
    gone: dict[str, str] = {}
    for kept in session.exec(select(Correction).order_by(Correction.slug, col(Correction.number))):
        lost = [t for t in kept.content.get("topics", []) if taxonomy.slug_of(t) is None]
        if lost:
            gone[f"Entry {kept.number} of {kept.slug}"] = ", ".join(lost)
    return gone


def _check_entry(session: Session, slug: str, number: int) -> None:
    issue = find_issue(session, slug)
    if issue is None:
        raise TopicError(f"There is no issue {slug!r}. `paperround issues` lists those there are.")
    numbers = [entry["number"] for entry in issue_view(session, issue)["entries"]]
    if number not in numbers:
        raise TopicError(
            f"Issue {slug!r} has no entry {number}. It has {', '.join(map(str, numbers)) or 'none'}."
        )


def _forget_choice(session: Session, slug: str, number: int) -> None:
    kept = session.exec(
        select(Correction).where(Correction.slug == slug, Correction.number == number)
    )
    for correction in kept.all():
        rest = {key: value for key, value in correction.content.items() if key != "topics"}
        if rest.keys() <= {"number"}:
            session.delete(correction)
        else:
            correction.content = rest
            session.add(correction)
    session.flush()
