"""How fast questions are answered in a large store; run with `make bench`.

Generated papers of about 150 words, with words as unevenly frequent as in a language, five authors each and a
nickname for every third. Prints the time to index, the size of the index beside that of the texts, and p50 and
p95 of look-ups, searches, suggestions and related papers, with the processor time of our own part: on SQLite that
is all of it, and what counts where the machine is shared. Nothing is asserted but that the right paper comes
first by its name. `PAPERROUND_BENCH_PAPERS` sets how many papers (100000).
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import UTC, date, datetime
from itertools import accumulate, islice
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlmodel import insert

from storage import catalog
from storage.enums import AliasOrigin, EntryKind
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Newsletter, Paper, PaperAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    from sqlmodel import Session

    from storage.catalog import Related
    from storage.database import Database

PAPERS = int(os.environ.get("PAPERROUND_BENCH_PAPERS", "100000"))
IN_ISSUE = 100
QUESTIONS = 200
VOCABULARY = 60_000
SYLLABLES = "ba ce di fo gu ka le mi no pu ra se ti vo xu za ger lin mod tor net form gra act"


class World:
    """Words, people and papers, always the same."""

    def __init__(self) -> None:
        self.random = random.Random(20)
        words = {
            "".join(self.random.choices(SYLLABLES.split(), k=self.random.randint(2, 5)))
            for _ in range(2 * VOCABULARY)
        }
        self.words = sorted(words)[:VOCABULARY]
        self.random.shuffle(self.words)
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))
        self.people = [
            f"{self.random.choice(self.words).title()} {self.random.choice(self.words).title()}"
            for _ in range(PAPERS // 3 + 10)
        ]

    def text(self, length: int) -> str:
        return " ".join(self.random.choices(self.words, cum_weights=self.weights, k=length))

    def papers(self) -> Iterator[dict[str, Any]]:
        for number in range(1, PAPERS + 1):
            nickname = f"{self.random.choice(self.words).title()}{self.random.choice(self.words)[:5]}{number % 97}"
            named = number % 3 == 0
            title = (f"{nickname}: " if named else "") + self.text(8).title()
            yield {
                "number": number,
                "title": title,
                "nickname": nickname if named else None,
                "arxiv": f"{9 + number // 120_000:02}{1 + number // 10_000 % 12:02}.{number % 100_000:05}",
                "authors": self.random.choices(self.people, k=5),
                "text": self.text(150),
            }


def fill(database: Database) -> list[dict[str, Any]]:
    kept = []
    with database.write() as session:
        session.add(Newsletter(id=1, slug="n", name="N", languages=["en"]))
        session.flush()
        papers_left = World().papers()
        batches = iter(lambda: list(islice(papers_left, IN_ISSUE)), [])
        for number, papers in enumerate(batches, 1):
            month = date(2009 + number // 1200 % 15, 1 + number % 12, 1)
            session.exec(insert(Issue).values(
                id=number, newsletter_id=1, slug=f"i{number}", language="en", title="t", intro="", month=month,
                month_source="given", occasions=[], published_at=datetime(2020, 1, 1, tzinfo=UTC)))  # fmt: skip
            session.execute(insert(Paper), [
                {"id": p["number"], "title": p["title"], "title_key": name_key(p["title"]) + str(p["number"]),
                 "arxiv": p["arxiv"], "authors": []} for p in papers])  # fmt: skip
            session.execute(insert(Entry), [
                {"id": p["number"], "issue_id": number, "kind": EntryKind.PAPER, "position": place,
                 "number": place, "title": p["title"], "authors": p["authors"], "why": p["text"],
                        "related": [], "links": []}
                for place, p in enumerate(papers, 1)])  # fmt: skip
            session.execute(insert(EntryPaper), [
                {"entry_id": p["number"], "paper_id": p["number"], "position": 1} for p in papers])  # fmt: skip
            if named := [p for p in papers if p["nickname"]]:
                session.execute(insert(PaperAlias), [
                    {"paper_id": p["number"], "name": p["nickname"], "key": name_key(p["nickname"]),
                     "origin": AliasOrigin.EDITOR, "forbidden": False} for p in named])  # fmt: skip
            kept += papers[:: max(1, IN_ISSUE // 3)]
    return kept


def measure(database: Database, ask: Callable[..., Any], questions: list[str]) -> str:
    times, processor = [], []
    for question in questions:
        with database.read() as session:
            start, used = time.perf_counter(), time.thread_time()
            ask(session, question)
            processor.append((time.thread_time() - used) * 1000)
            times.append((time.perf_counter() - start) * 1000)
    cuts, own = (quantiles(each, n=20, method="inclusive") for each in (times, processor))
    return (
        f"p50 {cuts[9]:6.1f} ms   p95 {cuts[18]:6.1f} ms   worst {max(times):6.1f} ms   "
        f"processor p50 {own[9]:6.1f} ms   p95 {own[18]:6.1f} ms"
    )


def size(database: Database) -> int:
    with database.read() as session:
        if database.is_sqlite:
            return (
                session.scalar(text("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%search%'"))
                or 0
            )
        total = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'search%'"
        return int(session.scalar(text(total)) or 0)


def related(session: Session, number: str) -> list[Related]:
    return catalog.related(session, paper_id=int(number))


def typed_wrongly(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1 :]


def test_questions_to_a_large_store(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(3)
    kept = fill(database)
    start = time.perf_counter()
    with database.write() as session:
        catalog.reindex(session)
    took = time.perf_counter() - start
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM ANALYZE")
            )
    some = chance.sample(kept, min(QUESTIONS, len(kept)))
    named = [p for p in some if p["nickname"]]
    words = {id(p): p["text"].split() for p in some}
    kinds = {
        "look-up by title": [p["title"] for p in some],
        "look-up by id": [f"https://arxiv.org/abs/{p['arxiv']}v2" for p in some],
        "look-up by nickname": [p["nickname"] for p in named],
        "nickname with an error": [typed_wrongly(p["nickname"], chance) for p in named],
        "author": [p["authors"][0] for p in some],
        "half a title": [" ".join(p["title"].split()[4:]) for p in some],
        "title with an error": [typed_wrongly(p["title"], chance) for p in some],
        "five words of a text": [" ".join(chance.sample(words[id(p)], 5)) for p in some],
        "three common words": [" ".join(sorted(words[id(p)], key=len)[:3]) for p in some],
    }
    lines = [
        f"\n{database.engine.dialect.name}: {PAPERS:,} papers indexed in {took:.0f} s ({PAPERS / took:.0f}/s)"
    ]
    characters = sum(len(p["text"]) + len(p["title"]) for p in kept) / len(kept) * PAPERS
    lines.append(f"index {size(database) / 1e6:.0f} MB beside {characters / 1e6:.0f} MB of text")
    lines += [
        f"{kind:24}{measure(database, catalog.search, asked)}" for kind, asked in kinds.items()
    ]
    prefixes = [p["title"][:n] for n in (1, 2, 3, 5, 8) for p in some[:60]]
    lines += [
        f"{kind:24}{measure(database, catalog.suggest, prefixes)}"
        for kind in ("suggestions", "suggestions once more")
    ]
    lines.append(f"{'related':24}{measure(database, related, [str(p['number']) for p in some])}")
    with capsys.disabled():
        sys.stdout.write("\n".join(lines) + "\n")
    with database.read() as session:
        for paper in named[:50]:
            assert catalog.search(session, paper["nickname"]).hits[0].arxiv == paper["arxiv"]
