"""Papers are found by topic, on every database."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from storage import catalog
from storage.database import Database
from storage.enums import EntryKind, TopicOrigin
from storage.names import name_key
from storage.tables import Entry, EntryPaper, EntryTopic, Issue, Newsletter, Paper, Topic

TOPICS = [
    ("scaling", {"en": "Scaling", "zh": "规模扩展"}),
    ("language-models", {"en": "Language models", "zh": "语言模型"}),
    ("vision", {"en": "Vision", "zh": "视觉"}),
]
# Issue, title, authors, year and topics of each.
WORKS = [
    ("2022-03", "Bigger Nets in 2022", ["Ada Small"], 2022, ["scaling"]),
    ("2022-04", "How Far Words Grow", ["Jo Hoffmann"], 2022, ["scaling", "language-models"]),
    ("2022-05", "Eyes for Machines", ["Jo Hoffmann"], 2021, ["vision"]),
    ("2022-05", "Words that See", ["Ida Lens"], 2022, ["vision", "language-models"]),
]


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        for place, (slug, names) in enumerate(TOPICS, 1):
            session.add(Topic(slug=slug, names=names, terms=[], position=place))
        letter = Newsletter(slug="n", name="N", languages=["en", "zh"])
        session.add(letter)
        session.flush()
        # The newest issue is imported first, so that its entries have the lowest ids.
        for slug in ("2022-05", "2022-04", "2022-03"):
            for language in ("en", "zh"):
                _issue(session, letter.id, slug, language)
    return database


def _issue(session, newsletter_id, slug, language) -> None:
    month = date(int(slug[:4]), int(slug[5:]), 1)
    issue = Issue(newsletter_id=newsletter_id, slug=slug, language=language, title=slug, month=month,
                  month_source="given", published_at=datetime(2022, 6, 1, tzinfo=UTC))  # fmt: skip
    session.add(issue)
    session.flush()
    works = [work for work in WORKS if work[0] == slug]
    for position, (_, title, authors, year, topics) in enumerate(works, 1):
        paper = session.exec(select(Paper).where(Paper.title == title)).first()
        if paper is None:
            paper = Paper(title=title, title_key=name_key(title), authors=authors, year=year)
            session.add(paper)
        entry = Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=position, title=title,
                      authors=authors, why="Every net is large." if language == "en" else "网络很大。")  # fmt: skip
        session.add(entry)
        session.flush()
        session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id))
        for topic in topics:
            session.add(EntryTopic(entry_id=entry.id, topic=topic, origin=TopicOrigin.GUESSED))
    catalog.index_issue(session, issue.id)


def found(database: Database, query: str, **options) -> list[str | None]:
    with database.read() as session:
        return [hit.title for hit in catalog.search(session, query, **options).hits]


@pytest.mark.parametrize("word", ["topic", "话题", "主题"])
@pytest.mark.parametrize(
    "name", ["language-models", '"Language models"', "LANGUAGE_MODELS", "语言模型"]
)
def test_a_topic_is_asked_for_by_slug_or_by_a_name_in_any_language(
    filled: Database, word, name
) -> None:
    assert found(filled, f"{word}:{name}") == ["Words that See", "How Far Words Grow"]


def test_a_topic_alone_lists_the_newest_first(filled: Database) -> None:
    assert found(filled, "topic:scaling") == ["How Far Words Grow", "Bigger Nets in 2022"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("topic:vision topic:language-models", ["Words that See"]),
        ("topic:vision author:hoffmann", ["Eyes for Machines"]),
        ("topic:scaling words", ["How Far Words Grow"]),
        ("topic:scaling lang:zh", ["How Far Words Grow", "Bigger Nets in 2022"]),
        ("topic:scaling issue:2022-03", ["Bigger Nets in 2022"]),
        ("topic:scaling kind:news", []),
    ],
)
def test_topics_narrow_together_with_words_and_other_filters(
    filled: Database, query, titles
) -> None:
    assert found(filled, query) == titles


def test_words_that_a_topic_does_not_hold_are_no_answer_and_the_nearest_are_of_that_topic(
    filled: Database,
) -> None:
    with filled.read() as session:
        assert catalog.search(session, "topic:scaling eyes").confidence is catalog.Confidence.NONE
    assert found(filled, "topic:scaling eyes") == ["How Far Words Grow", "Bigger Nets in 2022"]


def test_an_unknown_topic_stays_a_part_of_the_question(filled: Database) -> None:
    assert found(filled, "topic:gardening bigger nets")[0] == "Bigger Nets in 2022"


def test_topics_as_options_combine_with_filters_in_words(filled: Database) -> None:
    by_topic = catalog.Filters(topics=("Vision",))
    assert found(filled, "author:hoffmann", filters=by_topic) == ["Eyes for Machines"]
    assert found(filled, "topic:scaling", filters=by_topic)[0] == "How Far Words Grow"
    assert found(filled, "", filters=catalog.Filters(topics=("gardening",))) == []


def test_a_bare_year_beside_a_filter_is_the_year(filled: Database) -> None:
    assert found(filled, "author:hoffmann 2021 nets") == ["Eyes for Machines"]
    assert found(filled, "作者:hoffmann 2022年") == ["Eyes for Machines", "How Far Words Grow"]
    assert found(filled, "author:hoffmann 2019") == []


def test_a_bare_year_without_a_filter_is_a_word(filled: Database) -> None:
    assert found(filled, "bigger nets in 2022") == ["Bigger Nets in 2022"]
    assert found(filled, "eyes machines 2019")[0] == "Eyes for Machines"


def test_topics_are_counted_once_over_translations_in_the_order_of_the_taxonomy(
    filled: Database,
) -> None:
    with filled.write() as session:
        for issue in session.exec(select(Issue).where(Issue.slug == "2022-03")):
            issue.published_at = None
    with filled.read() as session:
        shown = [(t.slug, t.entries) for t in catalog.topics(session)]
        every = [(t.slug, t.entries) for t in catalog.topics(session, drafts=True)]
    assert shown == [("scaling", 1), ("language-models", 2), ("vision", 2)]
    assert every == [("scaling", 2), ("language-models", 2), ("vision", 2)]


def test_drafts_of_a_topic_are_not_shown(filled: Database) -> None:
    with filled.write() as session:
        for issue in session.exec(select(Issue).where(Issue.slug == "2022-04")):
            issue.published_at = None
    assert found(filled, "topic:scaling") == ["Bigger Nets in 2022"]
    assert found(filled, "topic:scaling", drafts=True)[0] == "How Far Words Grow"


def test_a_changed_topic_is_found_when_its_issue_is_indexed_again(filled: Database) -> None:
    with filled.write() as session:
        for row in session.exec(select(EntryTopic).where(EntryTopic.topic == "scaling")):
            session.delete(row)
        for issue_id in session.exec(select(Issue.id)).all():
            catalog.index_issue(session, issue_id)
    assert found(filled, "topic:scaling") == []
    assert found(filled, "topic:vision")
