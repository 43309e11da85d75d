"""What is related to a paper, and why, is the same on every database."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count

import pytest
from sqlmodel import Session, select

from storage import catalog
from storage.catalog import ReasonKind, Related
from storage.database import Database
from storage.enums import EntryKind, TopicOrigin
from storage.names import name_key
from storage.tables import (
    Entry,
    EntryPaper,
    EntryTopic,
    Issue,
    Newsletter,
    Paper,
    Reference,
    Topic,
)

SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu")


@dataclass(slots=True)
class Store:
    """Issues as a test writes them; every entry that is not about something else is about nothing."""

    session: Session
    newsletter: int
    positions: count = field(default_factory=lambda: count(1))

    def issue(self, slug: str, language: str = "en", *, month: int = 4, draft=False) -> Issue:
        issue = Issue(newsletter_id=self.newsletter, slug=slug, language=language, title=slug,
                      month=date(2022, month, 1), month_source="given",
                      published_at=None if draft else datetime(2022, 4, 1, tzinfo=UTC))  # fmt: skip
        self.session.add(issue)
        self.session.flush()
        return issue

    def entry(self, issue: Issue, *titles: str, text="", arxiv=None, authors=(), related=(), topics=(),
              position=None) -> int:  # fmt: skip
        position = position or next(self.positions)
        works = [{"title": name, "url": None, "arxiv": number} for name, number in related]
        entry = Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=position, number=position,
                      title=" and ".join(titles), why=text, authors=list(authors), related=works)  # fmt: skip
        self.session.add(entry)
        self.session.flush()
        for place, title in enumerate(titles, 1):
            paper = self._paper(title, arxiv)
            self.session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id, position=place))
        for topic in topics:
            self.session.add(EntryTopic(entry_id=entry.id, topic=topic, origin=TopicOrigin.EDITOR))
        return entry.id

    def _paper(self, title: str, arxiv: str | None) -> Paper:
        known = self.session.exec(select(Paper).where(Paper.title_key == name_key(title))).first()
        if known:
            return known
        paper = Paper(title=title, title_key=name_key(title), arxiv=arxiv)
        self.session.add(paper)
        self.session.flush()
        return paper

    def others(self, number: int = 30, start: int = 0, **also) -> None:
        """Add papers that have nothing to do with each other."""
        issue = self.issue(f"others-{start}")
        for n in range(start, start + number):
            one, two = SYLLABLES[n % 10], SYLLABLES[n // 10 % 10]
            text = f"The {one}{two}tor of a {two}{one}net sees {one}{two}{one}ling and {two}{two}{one}form."
            self.entry(issue, f"On {one}{two}{one}ling", **{"text": text, **also})


@pytest.fixture
def store(database: Database):
    with database.write() as session:
        newsletter = Newsletter(slug="n", name="N", languages=["en", "zh"])
        session.add(newsletter)
        session.flush()
        yield Store(session, newsletter.id)


def found(store: Store, title: str, **options) -> list[Related]:
    catalog.reindex(store.session)
    paper = store.session.exec(select(Paper).where(Paper.title == title)).one()
    return catalog.related(store.session, paper_id=paper.id, **options)


def titles(answer: list[Related]) -> list[str | None]:
    return [one.hit.title for one in answer]


def reasons(answer: list[Related]) -> list[dict[ReasonKind, tuple[str, ...]]]:
    return [{reason.kind: reason.values for reason in one.reasons} for one in answer]


def test_a_cited_paper_and_the_one_that_cites_it_find_each_other(store: Store) -> None:
    store.others()
    issue = store.issue("a")
    store.session.add(Reference(issue_id=issue.id, position=1, number=3,
                                text="“Rivers of Numbers” by Ida Stone et al. 2020."))  # fmt: skip
    store.entry(issue, "Tiny Gardens", text="Gardens grow.³")
    store.entry(store.issue("b"), "Rivers of Numbers", text="Water.")
    assert reasons(found(store, "Tiny Gardens")) == [{ReasonKind.CITES: ()}]
    assert titles(found(store, "Tiny Gardens")) == ["Rivers of Numbers"]
    assert reasons(found(store, "Rivers of Numbers")) == [{ReasonKind.CITED_BY: ()}]


def test_a_work_that_is_pointed_at_is_known_by_its_arxiv_id_too(store: Store) -> None:
    store.others()
    issue = store.issue("a")
    store.entry(issue, "Tiny Gardens", related=[("Rivers, a preprint", "2101.00001")])
    store.entry(issue, "Rivers of Numbers", arxiv="2101.00001")
    store.entry(issue, "Old Gardens", related=[("That preprint on rivers", "2101.00001")])
    assert {ReasonKind.CITES: ()} in reasons(found(store, "Tiny Gardens"))
    assert titles(found(store, "Rivers of Numbers")) == ["Old Gardens", "Tiny Gardens"]


def test_papers_that_point_at_the_same_work_are_related_by_its_title(store: Store) -> None:
    store.others()
    issue = store.issue("a")
    store.entry(issue, "Tiny Gardens", related=[("Deep Wells: A Study", None), ("Only Mine", None)])
    store.entry(issue, "Stone Bridges", related=[("Deep wells - a study", "2102.00002")])
    store.entry(issue, "Glass Roofs", related=[("Deep Wells: Something Else", None)])
    answer = found(store, "Tiny Gardens")
    assert titles(answer) == ["Stone Bridges"]
    assert reasons(answer) == [{ReasonKind.SAME_REFERENCES: ("Deep Wells: A Study",)}]


def test_a_shared_id_counts_once_beside_a_shared_title_and_lends_it_its_title(store: Store) -> None:
    store.others()
    issue = store.issue("a")
    store.entry(issue, "Tiny Gardens", related=[("Deep Wells", "2102.00002")])
    store.entry(issue, "Stone Bridges", related=[("Deep Wells", "2102.00002")])
    store.entry(issue, "Glass Roofs", related=[("Deeper wells", "2102.00002")])
    answer = found(store, "Tiny Gardens")
    assert set(titles(answer)) == {"Stone Bridges", "Glass Roofs"}
    assert reasons(answer) == [{ReasonKind.SAME_REFERENCES: ("Deep Wells",)}] * 2


def test_papers_of_one_author_are_related_by_the_name_as_it_is_written(store: Store) -> None:
    store.others()
    issue = store.issue("a")
    store.entry(issue, "Tiny Gardens", authors=["Zoë Ångström", "Ada Small"])
    store.entry(issue, "Stone Bridges", authors=["Zoe Angstrom"])
    store.entry(issue, "Glass Roofs", authors=["Zoe Small", "Ada Angstrom"])
    answer = found(store, "Tiny Gardens")
    assert titles(answer) == ["Stone Bridges"]
    assert reasons(answer) == [{ReasonKind.AUTHORS: ("Zoë Ångström",)}]


def test_a_name_that_many_bear_says_nothing_alone(store: Store) -> None:
    store.others(authors=["Wei Wang"])
    store.entry(store.issue("a"), "Tiny Gardens", text="Gardens grow.", authors=["Wei Wang"])
    assert found(store, "Tiny Gardens") == []


def test_a_rare_topic_relates_and_a_common_one_does_not(store: Store) -> None:
    for position, slug in enumerate(("gardens", "everything"), 1):
        store.session.add(Topic(slug=slug, names={"en": slug}, terms=[], position=position))
    store.others(90, topics=["everything"])
    issue = store.issue("a")
    store.entry(issue, "Tiny Gardens", text="Roses.", topics=["gardens", "everything"])
    store.entry(issue, "Stone Bridges", text="Pillars.", topics=["gardens", "everything"])
    answer = found(store, "Tiny Gardens", limit=20)
    assert titles(answer) == ["Stone Bridges"]
    assert reasons(answer) == [{ReasonKind.TOPICS: ("gardens",)}]


def test_texts_are_related_by_the_telling_words_they_share(store: Store) -> None:
    store.others()
    issue = store.issue("a")
    store.entry(issue, "Pruning Roses",
                text="Pruned roses bloom. Prune a rose in spring; thorns of a rose hurt, thorns sting.")  # fmt: skip
    store.entry(
        issue, "A Rose Is Pruned", text="When roses are pruned the thorns go, and roses bloom."
    )
    answer = found(store, "Pruning Roses")
    assert titles(answer) == ["A Rose Is Pruned"]
    assert list(reasons(answer)[0]) == [ReasonKind.TEXT]
    assert {"rose", "thorns"} <= set(reasons(answer)[0][ReasonKind.TEXT])


def test_words_that_every_text_holds_relate_nothing(store: Store) -> None:
    store.others(text="A large model learns from data, and the large model learns well.")
    assert found(store, "On bababaling") == []


def test_three_common_words_are_not_enough(store: Store) -> None:
    common = "A garden needs water and stones."
    store.others(12, text=common)
    store.others(20, start=12)
    issue = store.issue("a")
    store.entry(issue, "Tiny Gardens", text=common)
    store.entry(issue, "Stone Bridges", text=common)
    assert found(store, "Tiny Gardens") == []


def test_chinese_texts_are_related_by_terms_not_by_any_two_characters(store: Store) -> None:
    store.others()
    issue = store.issue("a", "zh")
    for n, text in enumerate("晴雨雪风雷云雾霜"):
        store.entry(issue, f"Quiet {SYLLABLES[n]}", text=f"这个模型很大。{text}天里它也很大。")
    store.entry(issue, "One", text="强化学习训练机器人。这个模型让机器人在仿真环境中用强化学习。")
    store.entry(issue, "Two", text="机器人靠强化学习走路，这个模型很大。强化学习让机器人站稳。")
    answer = found(store, "One", language="zh")
    assert titles(answer) == ["Two"]
    assert reasons(answer) == [{ReasonKind.TEXT: ("强化学习", "机器人")}]


def test_the_strongest_reason_stands_first_and_reasons_add_up(store: Store) -> None:
    store.others()
    store.session.add(Topic(slug="gardens", names={}, terms=[], position=1))
    issue = store.issue("a")
    store.entry(issue, "Tiny Gardens", authors=["Ida Stone"], topics=["gardens"],
                related=[("Rivers of Numbers", None), ("Deep Wells", None)])  # fmt: skip
    store.entry(issue, "Of One Topic", topics=["gardens"])
    store.entry(issue, "By Her", authors=["Ida Stone"], topics=["gardens"])
    store.entry(issue, "With The Same Wells", related=[("Deep Wells", None)], topics=["gardens"])
    store.entry(issue, "Rivers of Numbers")
    answer = found(store, "Tiny Gardens")
    assert titles(answer) == ["Rivers of Numbers", "With The Same Wells", "By Her", "Of One Topic"]
    assert list(reasons(answer)[2]) == [ReasonKind.AUTHORS, ReasonKind.TOPICS]
    assert [one.score for one in answer] == sorted((one.score for one in answer), reverse=True)
    assert titles(found(store, "Tiny Gardens", limit=2)) == titles(answer)[:2]


def test_each_work_is_shown_once_in_the_readers_language_and_never_itself(store: Store) -> None:
    store.others()
    for language in ("en", "zh"):
        issue = store.issue("a", language)
        store.entry(issue, "Tiny Gardens", related=[("Deep Wells", None)], position=1)
        store.entry(issue, "Stone Bridges", related=[("Deep Wells", None)], position=2)
    store.entry(store.issue("b", month=5), "Stone Bridges", related=[("Deep Wells", None)])
    for language, issue in (("en", "b"), ("zh", "a"), ("zh-CN", "a")):
        (only,) = found(store, "Tiny Gardens", language=language)
        assert (only.hit.title, only.hit.issue) == ("Stone Bridges", issue)
        assert only.hit.language == language[:2]


def test_an_entry_is_asked_about_with_every_paper_it_covers(store: Store) -> None:
    store.others()
    issue = store.issue("a")
    both = store.entry(issue, "Tiny Gardens", "Old Gardens", related=[("Deep Wells", None)])
    store.entry(store.issue("b"), "Old Gardens", related=[("Rivers", None)])
    store.entry(issue, "Stone Bridges", related=[("Rivers", None)])
    store.entry(issue, "Glass Roofs", related=[("Old Gardens", None)])
    answer = found(store, "Tiny Gardens")
    assert titles(answer) == []
    answer = catalog.related(store.session, entry_id=both)
    assert titles(answer) == ["Glass Roofs", "Stone Bridges"]
    cited = found(store, "Glass Roofs")
    assert titles(cited) == ["Old Gardens"]


def test_a_draft_is_neither_shown_nor_gone_by_unless_asked_for(store: Store) -> None:
    store.others()
    published, draft = store.issue("a"), store.issue("b", draft=True)
    store.entry(published, "Tiny Gardens", related=[("Deep Wells", None)])
    store.entry(draft, "Stone Bridges", related=[("Deep Wells", None)])
    hidden = store.entry(draft, "Tiny Gardens", related=[("Rivers", None)])
    store.entry(published, "Glass Roofs", related=[("Rivers", None)])
    alone = store.entry(draft, "Not Yet", related=[("Deep Wells", None)])
    assert found(store, "Tiny Gardens") == []
    assert set(titles(found(store, "Tiny Gardens", drafts=True))) == {
        "Stone Bridges", "Glass Roofs", "Not Yet"
    }  # fmt: skip
    assert catalog.related(store.session, entry_id=alone) == []
    assert catalog.related(store.session, entry_id=hidden) == []


def test_an_entry_whose_paper_is_unknown_is_related_like_any_other(store: Store) -> None:
    store.others()
    for language in ("en", "zh"):
        issue = store.issue("a", language)
        untitled = store.entry(issue, related=[("Deep Wells", None)], position=1)
        store.entry(issue, "Stone Bridges", related=[("Deep Wells", None)], position=2)
    (only,) = found(store, "Stone Bridges", language="zh")
    assert (only.hit.paper_id, only.hit.entry_id) == (None, untitled)
    assert titles(catalog.related(store.session, entry_id=untitled)) == ["Stone Bridges"]


def test_news_are_never_shown_but_may_be_asked_about(store: Store) -> None:
    store.others()
    issue = store.issue("a")
    news = store.entry(issue, related=[("Deep Wells", None)])
    store.session.get_one(Entry, news).kind = EntryKind.NEWS
    store.entry(issue, "Stone Bridges", related=[("Deep Wells", None)])
    assert found(store, "Stone Bridges") == []
    assert titles(catalog.related(store.session, entry_id=news)) == ["Stone Bridges"]


def test_nothing_is_related_to_what_is_not_there(store: Store) -> None:
    store.others(3)
    catalog.reindex(store.session)
    assert catalog.related(store.session, paper_id=999) == []
    assert catalog.related(store.session, entry_id=999) == []


def test_the_real_editions_give_the_same_on_both_databases(seeded_on_both) -> None:
    answers: list[dict[str, list]] = []
    for database in seeded_on_both:
        with database.read() as session:
            answers.append(
                {
                    f"{paper.title} {language}": [
                        (one.hit.title, one.hit.issue, one.hit.language, one.score, one.reasons)
                        for one in catalog.related(
                            session, paper_id=paper.id, language=language, limit=10
                        )
                    ]
                    for paper in session.exec(select(Paper).order_by(Paper.title))
                    for language in ("en", "zh")
                }
            )
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("arxiv", "first", "kind"),
    [
        ("2203.14465", "2207.10342", ReasonKind.SAME_REFERENCES),
        ("2207.10342", "2203.14465", ReasonKind.AUTHORS),
        ("2203.06850", "2202.08906", ReasonKind.TEXT),
        ("2110.05789", "2202.06991", ReasonKind.TEXT),
        ("2203.12119", "2207.07087", ReasonKind.TEXT),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_real_editions_hold_what_a_reader_would_expect(seeded, arxiv, first, kind) -> None:
    with seeded.read() as session:
        paper = session.exec(select(Paper).where(Paper.arxiv == arxiv)).one()
        nearest = catalog.related(session, paper_id=paper.id)[0]
    assert nearest.hit.arxiv == first
    assert kind in {reason.kind for reason in nearest.reasons}
