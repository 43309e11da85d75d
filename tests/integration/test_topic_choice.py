"""Topics are proposed at import, shared by translations, and chosen by an editor for good."""

from datetime import date

import pytest
from sqlmodel import select

from publisher.corrections import read_corrections
from publisher.errors import TopicError
from publisher.ingest import ReadFile, apply_corrections, digest_of, ingest
from publisher.readers import markdown
from publisher.topics.choice import (
    choices_gone,
    clear_topics,
    load_taxonomy,
    propose_anew,
    set_topics,
)
from publisher.topics.taxonomy import Taxonomy, TopicRule, shipped
from publisher.views import find_issue, issue_view
from storage import catalog
from storage.database import Database
from storage.enums import TopicOrigin
from storage.tables import Correction, Entry, EntryTopic, Topic

HEAD = "---\nnewsletter: N\nslug: 2022-06\nlanguage: {language}\ntitle: June\n---\n\nHello.\n\n## Papers\n"
ENTRY = "\n### {n}. {title}\n\nAuthors: {author}\n{more}\n**Why** {why}\n\n**Key insights** See there.\n"
ENGLISH = [
    ("Robots That Tidy Up", "Ada Small", "A robot picks up what lies on the floor."),
    ("Scaling Laws for Language Models", "Jo Hoffmann", "A power law holds."),
    ("A Letter from the Garden", "Ida Lens", "Nothing of it."),
]
CHINESE = ["它会收拾。", "语音，语音，语音，音频，音频。", "没有。"]


def edition(language: str = "en", **more: str) -> str:
    texts = [why if language == "en" else CHINESE[n] for n, (_, _, why) in enumerate(ENGLISH)]
    return HEAD.format(language=language) + "".join(
        ENTRY.format(n=n, title=title, author=author, why=texts[n - 1], more=more.get(f"e{n}", ""))
        for n, (title, author, _) in enumerate(ENGLISH, 1)
    )


def take(database: Database, text: str, name: str = "a.md") -> None:
    read = ReadFile(markdown.read(text, name), name, markdown.FORM, digest_of(text.encode()))
    with database.write() as session:
        ingest(session, read, today=date(2026, 1, 1))


def correct(database: Database, text: str) -> None:
    with database.write() as session:
        apply_corrections(session, read_corrections(text, "c.toml"), "c.toml")


def topics(database: Database, language: str = "en") -> list[list[str]]:
    with database.read() as session:
        view = issue_view(session, find_issue(session, "2022-06", language))
    return [[topic["slug"] for topic in entry["topics"]] for entry in view["entries"]]


def choose(database: Database, number: int, *names: str) -> None:
    with database.write() as session:
        set_topics(session, "2022-06", number, names)


PROPOSED = [["robotics"], ["language-models", "scaling"], []]


def test_an_import_brings_the_taxonomy_and_proposes(database: Database) -> None:
    take(database, edition())
    assert topics(database) == PROPOSED
    with database.read() as session:
        assert len(session.exec(select(Topic)).all()) == len(shipped().topics)
        assert {row.origin for row in session.exec(select(EntryTopic))} == {TopicOrigin.GUESSED}
        assert [h.title for h in catalog.search(session, "topic:robotics").hits] == [ENGLISH[0][0]]


@pytest.mark.parametrize("order", [("en", "zh"), ("zh", "en")])
def test_translations_share_the_topics_of_their_original(database: Database, order) -> None:
    for language in order:
        take(database, edition(language), f"{language}.md")
    assert topics(database, "zh") == topics(database) == PROPOSED
    with database.read() as session:
        view = issue_view(session, find_issue(session, "2022-06", "zh"))
        counts = {t.slug: t.entries for t in catalog.topics(session)}
    assert view["entries"][0]["topics"] == [
        {"slug": "robotics", "name": "机器人", "names": {"en": "Robotics", "zh": "机器人"}}
    ]
    assert counts["robotics"] == 1


def test_a_translation_alone_is_judged_by_its_own_text(database: Database) -> None:
    take(database, edition("zh"))
    assert "audio" in topics(database, "zh")[1]


def test_importing_again_changes_nothing(database: Database) -> None:
    take(database, edition())
    with database.read() as session:
        before = [(r.entry_id, r.topic) for r in session.exec(select(EntryTopic))]
    text = edition()
    read = ReadFile(markdown.read(text, "a.md"), "a.md", markdown.FORM, digest_of(text.encode()))
    with database.write() as session:
        reports = ingest(session, read, today=date(2026, 1, 1))
        assert [r.outcome for r in reports] == ["unchanged"]
        assert [(r.entry_id, r.topic) for r in session.exec(select(EntryTopic))] == before


def test_a_changed_text_is_proposed_for_anew(database: Database) -> None:
    take(database, edition())
    take(database, edition().replace("A Letter from the Garden", "A Letter from the Robot"))
    assert topics(database)[2] == ["robotics"]


def test_the_editors_choice_wins_and_outlives_imports(database: Database) -> None:
    take(database, edition())
    choose(database, 1, "Audio and speech", "视觉与三维")
    take(database, edition("zh"), "zh.md")
    take(database, edition())
    assert topics(database)[0] == topics(database, "zh")[0] == ["vision", "audio"]
    with database.read() as session:
        assert catalog.search(session, "topic:robotics").hits == []
        assert catalog.search(session, "topic:audio").hits[0].title == ENGLISH[0][0]


def test_an_editor_may_say_that_there_are_none(database: Database) -> None:
    take(database, edition())
    choose(database, 2)
    take(database, edition())
    assert topics(database) == [["robotics"], [], []]


def test_a_choice_is_given_back_to_the_rules(database: Database) -> None:
    take(database, edition())
    choose(database, 1)
    with database.write() as session:
        clear_topics(session, "2022-06", 1)
        assert session.exec(select(Correction)).all() == []
    assert topics(database) == PROPOSED


def test_a_choice_loses_nothing_else_that_was_corrected(database: Database) -> None:
    take(database, edition())
    correct(
        database,
        '[["2022-06".entry]]\nnumber = 1\ntitle = "Robots, Corrected"\naliases = ["Tidy"]\n'
        '[["2022-06".entry]]\nnumber = 1\nlanguage = "en"\ntopics = ["code"]\n',
    )
    assert topics(database)[0] == ["code"]
    choose(database, 1, "audio")
    assert topics(database)[0] == ["audio"]
    with database.write() as session:
        view = issue_view(session, find_issue(session, "2022-06"))
        assert view["entries"][0]["title"] == "Robots, Corrected"
        assert view["entries"][0]["papers"][0]["aliases"] == ["Tidy"]
        clear_topics(session, "2022-06", 1)
        assert catalog.search(session, "tidy").hits[0].title == "Robots, Corrected"
    assert topics(database) == PROPOSED


def test_a_corrections_file_may_choose_before_its_issue_comes(database: Database) -> None:
    correct(
        database,
        '[["2022-06".entry]]\nnumber = 3\ntopics = ["science"]\n'
        '[["2022-06".entry]]\nnumber = 1\ntopics = []\n',
    )
    take(database, edition())
    assert topics(database) == [[], *PROPOSED[1:2], ["science"]]


def test_an_edition_may_choose_and_a_correction_wins_over_it(database: Database) -> None:
    take(database, edition(e1="Topics: data, Audio and speech\n", e2="Topics: none\n"))
    take(database, edition("zh"), "zh.md")
    assert topics(database) == topics(database, "zh") == [["audio", "data"], [], []]
    choose(database, 1, "vision")
    assert topics(database)[0] == ["vision"]
    with database.write() as session:
        clear_topics(session, "2022-06", 1)
    assert topics(database)[0] == ["audio", "data"]


def test_an_unknown_topic_is_refused_with_those_there_are(database: Database) -> None:
    with pytest.raises(TopicError, match=r"a\.md, entry 1: there is no topic 'gardening'.*scaling"):
        take(database, edition(e1="Topics: gardening\n"))
    take(database, edition())
    with pytest.raises(TopicError, match=r"c\.toml, entry 1 of 2022-06: .*'gardening'.*scaling"):
        correct(database, '[["2022-06".entry]]\nnumber = 1\ntopics = ["gardening"]\n')
    with pytest.raises(
        TopicError, match=r"Entry 1 of 2022-06: .*'gardening'. Known are: .*scaling"
    ):
        choose(database, 1, "gardening")
    with pytest.raises(TopicError, match=r"has no entry 9\. It has 1, 2, 3"):
        choose(database, 9, "scaling")
    with pytest.raises(TopicError, match="no issue '2020-01'"), database.write() as session:
        clear_topics(session, "2020-01", 1)
    assert topics(database) == PROPOSED


def test_another_taxonomy_proposes_anew_and_leaves_choices(database: Database) -> None:
    take(database, edition())
    take(database, edition("zh"), "zh.md")
    choose(database, 2, "scaling")
    garden = TopicRule("garden", (("en", "Garden"),), ("garden", "floor"))
    kept = [t for t in shipped().topics if t.slug in ("scaling", "language-models")]
    seen: list[tuple[int, int]] = []
    with database.write() as session:
        changed = load_taxonomy(session, Taxonomy((garden, *kept)), lambda *at: seen.append(at))
        assert choices_gone(session) == {}
    assert (changed, seen) == (2, [(1, 1)])
    assert topics(database) == topics(database, "zh") == [[], ["scaling"], ["garden"]]
    with database.read() as session:
        assert catalog.search(session, "topic:garden").hits[0].title == ENGLISH[2][0]
        assert [t.slug for t in catalog.topics(session)] == ["garden", "language-models", "scaling"]
    with database.write() as session:
        load_taxonomy(session, Taxonomy((garden,)))
        assert choices_gone(session) == {"Entry 2 of 2022-06": "scaling"}
    assert topics(database)[1] == []
    with database.write() as session:
        load_taxonomy(session, shipped())
        assert propose_anew(session) == 0
    assert topics(database) == [["robotics"], ["scaling"], []]


def test_a_removed_entry_takes_its_topics_along(database: Database) -> None:
    take(database, edition())
    take(database, edition().partition("\n### 2.")[0] + "\n")
    with database.read() as session:
        left = set(session.exec(select(Entry.id)))
        assert {row.entry_id for row in session.exec(select(EntryTopic))} == left
