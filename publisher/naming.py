"""Lets an editor own the names of papers: list them, confirm a guess, add a name, forbid one, take a word back.

Each change is kept as a correction (`publisher.words`) and is in the index before the transaction ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from sqlmodel import col, select

from publisher.errors import PublisherError
from publisher.known_as import places, sayings, settle
from publisher.papers import issues_about
from publisher.retraction import retract
from publisher.words import say, unsay, words_on
from storage import catalog
from storage.catalog import Confidence, Kind
from storage.names import alias_key, name_key
from storage.tables import Paper, PaperAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlmodel import Session

    from publisher.known_as import Folds, Said

MAX_NAME = 100  # characters, as Discord's choices


class NamingError(PublisherError):
    """This name cannot be given to the paper, or taken from it."""


class Standing(StrEnum):
    """What a name is to its paper."""

    TITLE = "title"
    PART = "part of the title"
    EDITOR = "editor"
    GUESSED = "guessed"
    INITIALS = "initials"
    FORBIDDEN = "forbidden"


_STANDING = {
    Kind.TITLE: Standing.TITLE,
    Kind.SHORT: Standing.PART,
    Kind.EDITOR: Standing.EDITOR,
    Kind.GUESSED: Standing.GUESSED,
    Kind.INITIALS: Standing.INITIALS,
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a name comes from."""

    issue: str  # slug
    language: str
    entry: int  # its number
    words: str | None  # what it was guessed from; None where a file or a correction gives it


@dataclass(frozen=True, slots=True)
class PaperName:
    """A name of a paper, and who says so."""

    name: str
    standing: Standing
    sources: tuple[Source, ...] = ()
    said_at: str | None = None  # when an editor said so by command, ISO 8601

    @property
    def key(self) -> str:
        """Give what makes the name that name."""
        return alias_key(self.name)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a name: how it stood, how it stands, how it answers, and what the editor should know."""

    name: str
    before: Standing | None
    after: Standing | None
    confidence: Confidence  # of the answer to the name alone
    remarks: tuple[str, ...] = ()


def names_of(session: Session, paper: Paper, folds: Folds | None = None) -> list[PaperName]:
    """List the names of a paper, the most trusted first, and last those that an editor forbids.

    Args:
        session: A session for reading.
        paper: The paper.
        folds: Issues that are folded already, where many papers are listed.
    """
    said, _ = sayings(session, paper, {} if folds is None else folds)
    words = words_on(session, [paper], lock=False).get(paper.id or 0, {})
    found: dict[str, tuple[str, Standing]] = {}
    for match in catalog.names_of_paper(session, paper.id or 0):
        label = "".join(match.label.split()) if match.kind is Kind.INITIALS else match.label
        found.setdefault(alias_key(label), (label, _STANDING[match.kind]))
    rows = session.exec(select(PaperAlias).where(PaperAlias.paper_id == paper.id)).all()
    for row in rows:
        if row.forbidden and found.get(row.key, ("", None))[1] is not Standing.TITLE:
            found[row.key] = (row.name, Standing.FORBIDDEN)
    order = list(Standing)
    return [
        PaperName(
            name, standing, _sources(said, key, standing), words[key].at if key in words else None
        )
        for key, (name, standing) in sorted(found.items(), key=lambda f: order.index(f[1][1]))
    ]


def waiting(session: Session, limit: int) -> list[tuple[Paper, PaperName]]:
    """List the guessed names on which an editor has not said a word, the newest first.

    A guess that is also a part of the title does not wait: it answers surely as it is.
    """
    return list(islice((f for f in _learned(session) if f[1].standing is Standing.GUESSED), limit))


def every_alias(session: Session, limit: int) -> list[tuple[Paper, PaperName]]:
    """List the aliases of the store, also those that are forbidden, the newest first."""
    return list(islice(_learned(session), limit))


def _learned(session: Session) -> Iterator[tuple[Paper, PaperName]]:
    names: dict[int, dict[str, PaperName]] = {}
    folds: Folds = {}
    rows = session.exec(select(PaperAlias).order_by(col(PaperAlias.id).desc())).all()
    for row in rows:
        paper = session.get_one(Paper, row.paper_id)
        if row.paper_id not in names:
            names[row.paper_id] = {n.key: n for n in names_of(session, paper, folds)}
        if (name := names[row.paper_id].get(row.key)) is not None:
            yield paper, name


def confirm(session: Session, paper: Paper, names: Sequence[str]) -> list[Change]:
    """Make guessed names of a paper an editor's.

    Raises:
        NamingError: One of them was not guessed; nothing is changed then.
    """
    known = {name.key: name for name in names_of(session, paper)}
    spelled = []
    for name in _clean(paper, names):
        guess = known.get(alias_key(name))
        if guess is None or (guess.standing is Standing.FORBIDDEN and not guess.sources):
            open_ = [n.name for n in known.values() if n.standing is Standing.GUESSED]
            raise NamingError(
                f"{name!r} was not guessed for “{paper.title}”; guessed are: {', '.join(open_) or 'none'}. "
                "A name of your own is given with `add`."
            )
        spelled.append(guess.name)
    return _say(session, paper, spelled, forbidden=False)


def add(session: Session, paper: Paper, names: Sequence[str]) -> list[Change]:
    """Give names to a paper, spelled as given.

    Raises:
        NamingError: One of them is no name but an identifier or address, or the paper's title; nothing is
            changed then.
    """
    wanted = _clean(paper, names)
    for name in wanted:
        if catalog.is_identifier(name):
            raise NamingError(
                f"{name!r} is an identifier or address, not a name: it would lead to this paper whatever it is of. "
                "Identifiers of a paper are set in a corrections file, with arxiv = … or doi = …"
            )
    return _say(session, paper, wanted, forbidden=False)


def forbid(session: Session, paper: Paper, names: Sequence[str]) -> list[Change]:
    """Say that names are not those of a paper, whoever gave or guesses them, now or later.

    Raises:
        NamingError: One of them is no name, or the paper's title; nothing is changed then.
    """
    return _say(session, paper, _clean(paper, names), forbidden=True)


def release(session: Session, paper: Paper, names: Sequence[str]) -> list[Change]:
    """Take an editor's word on names back: first what was said by command, then what a correction says.

    Raises:
        NamingError: Nobody said a word on one of them; nothing is changed then.
    """
    before = _standings(session, paper)
    files: dict[str, tuple[str, ...]] = {}
    for name in _clean(paper, names):
        key = alias_key(name)
        if not unsay(session, paper, key):
            files[key] = retract(session, paper, key)
            if not files[key]:
                raise NamingError(_why_not_released(session, paper, name))
        _drop(session, paper, key)
    _settle(session, paper)
    return _changes(session, paper, names, before, files)


def _say(session: Session, paper: Paper, names: Sequence[str], *, forbidden: bool) -> list[Change]:
    before = _standings(session, paper)
    for name in names:
        if before.get(alias_key(name)) is Standing.TITLE:  # in another language
            raise _title_error(name)
    home = next(places(session, paper), None)
    if home is None:
        raise NamingError(f"No issue writes about “{paper.title}”. Import one that does.")
    for name in names:
        say(session, paper, name, (home.slug, home.number), forbidden=forbidden)
    _settle(session, paper)
    return _changes(session, paper, names, before, {})


def _clean(paper: Paper, names: Sequence[str]) -> list[str]:
    clean: dict[str, str] = {}
    for given in names:
        name = " ".join(given.split())
        key = alias_key(name)
        if not key or len(name) > MAX_NAME or not name.isprintable():
            raise NamingError(
                f"{given[:MAX_NAME]!r} is no name. Give letters or digits, at most {MAX_NAME} characters."
            )
        if key == alias_key(paper.title):
            raise _title_error(name)
        clean.setdefault(key, name)
    return list(clean.values())


def _title_error(name: str) -> NamingError:
    return NamingError(
        f"“{name}” is the paper's title. A title is changed in a corrections file, with title = …"
    )


def _settle(session: Session, paper: Paper) -> None:
    settle(session, {paper.id or 0})
    for issue_id in sorted(issues_about(session, {paper.id or 0})):
        catalog.index_issue(session, issue_id)


def _drop(session: Session, paper: Paper, key: str) -> None:
    """Let go of an alias; it comes back if anything else gives it."""
    query = select(PaperAlias).where(PaperAlias.paper_id == paper.id, PaperAlias.key == key)
    for row in session.exec(query).all():
        session.delete(row)
    session.flush()


def _standings(session: Session, paper: Paper) -> dict[str, Standing]:
    return {name.key: name.standing for name in names_of(session, paper)}


def _changes(
    session: Session,
    paper: Paper,
    names: Sequence[str],
    before: dict[str, Standing],
    files: dict[str, tuple[str, ...]],
) -> list[Change]:
    after = _standings(session, paper)
    changes = []
    for name in names:
        key = alias_key(name)
        answer = catalog.search(session, name, drafts=True)
        remarks = [
            f"{file} gave it; change that file too, or importing it again gives it again"
            for file in files.get(key, ())
        ]
        if after.get(key) in (Standing.EDITOR, Standing.PART):
            remarks += _doubts(session, paper, name)
            hits = {hit.paper_id for hit in answer.hits}
            if not remarks and (answer.confidence is not Confidence.SURE or hits != {paper.id}):
                remarks.append(f"asking for “{name}” alone does not surely lead to this paper")
        changes.append(
            Change(name, before.get(key), after.get(key), answer.confidence, tuple(remarks))
        )
    return changes


def _doubts(session: Session, paper: Paper, name: str) -> list[str]:
    """Say why a name does not answer for this paper alone."""
    found = []
    own = len(list(places(session, paper)))
    if catalog.is_popular(session, name, own):
        found.append(f"“{name}” is a popular word here: asking for it lists choices")
    matches = [
        m
        for m in catalog.exact_names(session, [name_key(name)])
        if m.paper_id != paper.id and alias_key(m.label) == alias_key(name)
    ]
    for paper_id in dict.fromkeys(m.paper_id for m in matches if m.own and m.paper_id):
        other = session.get_one(Paper, paper_id)
        found.append(f"“{name}” already names “{other.title}”: asking for it lists choices")
    for paper_id in dict.fromkeys(
        m.paper_id for m in matches if m.kind is Kind.GUESSED and m.paper_id
    ):
        other = session.get_one(Paper, paper_id)
        found.append(f"“{name}” is also guessed for “{other.title}”")
    return found


def _why_not_released(session: Session, paper: Paper, name: str) -> str:
    known = {n.key: n for n in names_of(session, paper)}.get(alias_key(name))
    if known is None:
        return f"No editor said a word on “{name}” for “{paper.title}”."
    if known.standing is Standing.EDITOR:
        given = next((s for s in known.sources if s.words is None), None)
        place = (
            f"the file of issue {given.issue} ({given.language})" if given else "an issue's file"
        )
        return f"“{name}” stands in {place}. Take it out there and import it again, or forbid the name."
    return (
        f"No editor said a word on “{name}” for “{paper.title}”; it is there as: {known.standing.value}. "
        "Forbid it if it is wrong."
    )


def _sources(said: Sequence[Said], key: str, standing: Standing) -> tuple[Source, ...]:
    if standing in (Standing.TITLE, Standing.INITIALS):
        return ()
    found = []
    for one in said:
        place = (one.place.slug, one.place.language, one.place.number)
        if key in {alias_key(name) for name in (*one.given, *one.forbidden)}:
            found.append(Source(*place, None))
        found += [
            Source(*place, guess.words) for guess in one.guessed if alias_key(guess.name) == key
        ]
    return tuple(found)
