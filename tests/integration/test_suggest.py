"""What is typed is completed: identifiers, single characters, filters, words and typing errors."""

import sys

import pytest

from storage import catalog
from storage.catalog import names
from storage.catalog.begun_ids import begun_id
from storage.catalog.naming import Kind
from storage.catalog.suggest import MAX_CHOICES, MAX_LENGTH, SPARE
from storage.database import Database
from storage.tables import EntryPaper, Paper, Topic
from tests.support.shelf import Shelf

COMPUTE = "Training Compute-Optimal Large Language Models"
LONG = "On Finding What Was Published About Anything At All In Very Many Issues " * 2


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        for place, (slug, zh) in enumerate((("scaling", "规模扩展"), ("upscaling", "超分")), 1):
            names = {"en": slug.title(), "zh": zh}
            session.add(Topic(slug=slug, names=names, terms=[], position=3 - place))
        shelf = Shelf(session)
        shelf.put(COMPUTE, arxiv="2203.15556", authors=["Jordan Hoffmann", "Ada Hofer"],
                  aliases=["Chinchilla"], topics=["scaling"], why="Smaller nets, longer journeys.")  # fmt: skip
        shelf.put("Quantum Finding", arxiv="quant-ph/0601001", authors=["Jordan Hoffmann"])
        shelf.put("Elsewhere", doi="10.1145/3287560.3287596", authors=["Jean-Baptiste Alayrac"])
        shelf.put(LONG.strip(), arxiv="2203.15001", authors=["李沐华"])
        zh = shelf.issue("2022-04", "zh")
        shelf.put("计算机视觉综述", issue=zh, arxiv="2203.16000")
        shelf.put("看电视", issue=zh)
        draft = shelf.issue("2022-06", "fr", draft=True)
        shelf.put("Hidden", arxiv="2203.15999", issue=draft, authors=["Hoffmeier Secret"])
        shelf.index()
    return database


def values(database: Database, typed: str, **more) -> list[str]:
    with database.read() as session:
        return [one.value for one in catalog.suggest(session, typed, **more)]


@pytest.mark.parametrize(
    "typed",
    ["2203.155", "220", "arXiv:2203.155", "https://arxiv.org/abs/2203.155", "arxiv.org/pdf/2203.15556v1.pdf",
     "https://www.alphaxiv.org/abs/2203.15556", "https://ar5iv.labs.arxiv.org/html/2203.1555",
     "10.48550/arXiv.2203.155", "https://doi.org/10.48550/arXiv.2203.15556", "https://arxiv.org/abs/2"],
)  # fmt: skip
def test_an_arxiv_id_completes_as_it_is_typed_or_pasted(filled, typed) -> None:
    assert COMPUTE in values(filled, typed)


@pytest.mark.parametrize(
    ("typed", "title"),
    [("quant-ph/06", "Quantum Finding"), ("https://arxiv.org/abs/quant-ph/0601001v2", "Quantum Finding"),
     ("10.1145/32", "Elsewhere"), ("https://doi.org/10.1145/3287560", "Elsewhere")],
)  # fmt: skip
def test_an_old_arxiv_id_and_a_doi_complete_too(filled, typed, title) -> None:
    assert values(filled, typed) == [title]


def test_ids_come_latest_first_with_the_id_in_sight_and_no_draft_among_them(filled) -> None:
    with filled.read() as session:
        found = catalog.suggest(session, "2203.15")
    assert [one.value for one in found] == [COMPUTE, "arXiv:2203.15001"]
    assert found[0].label == f"2203.15556 – {COMPUTE} · 2022-04"
    assert values(filled, "2203.15999", drafts=True) == ["Hidden"]


@pytest.mark.parametrize(
    "typed", ["", "22", "arxiv", "arxiv:", "and/or", "https://arxiv.org/abs/", "10.1", "2203.155567", "scaling"]
)  # fmt: skip
def test_what_begins_no_id_is_taken_for_none(typed) -> None:
    assert begun_id(typed) is None


def test_a_single_chinese_character_finds_names_that_begin_with_it_or_hold_it(filled) -> None:
    assert values(filled, "计") == ["计算机视觉综述"]
    assert set(values(filled, "视")) == {"计算机视觉综述", "看电视"}
    assert values(filled, "視覺") == ["计算机视觉综述"]
    assert values(filled, "论") == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("topic:sca", ["topic:scaling", "topic:upscaling"]),
        ("nets topic:ups", ["nets topic:upscaling"]),
        ("话题：规", ["话题:scaling"]),
        ("author:hof", ['author:"Jordan Hoffmann"', 'author:"Ada Hofer"']),
        ("author:jordan h", ['author:"Jordan Hoffmann"']),
        ('by:"Jordan Hof', ['by:"Jordan Hoffmann"']),
        ("author:alay", ['author:"Jean-Baptiste Alayrac"']),
        ("author:jean-b", ['author:"Jean-Baptiste Alayrac"']),
        ("author:李沐", ["author:李沐华"]),
        ("topic:scaling author:hoffm", ['topic:scaling author:"Jordan Hoffmann"']),
        ("issue:2022", ["issue:2022-04"]),
        ("issue:APRIL", ["issue:2022-04"]),
        ("issue:2022-06", []),
        ("kind:", ["kind:paper", "kind:news"]),
        ("Kind:p", ["Kind:paper"]),
        ("language:", ["language:en", "language:zh"]),
        ("lang:z", ["lang:zh"]),
        ("year:20", ["year:2022", "year:2006"]),
    ],
)
def test_a_filter_completes_to_a_question(filled, typed, found) -> None:
    assert values(filled, typed) == found


@pytest.mark.parametrize("typed", ["topic:sca", "author:hof", "issue:2022", "kind:p", "lang:e"])
def test_a_chosen_filter_answers(filled, typed) -> None:
    with filled.read() as session:
        for one in catalog.suggest(session, typed)[:1]:
            assert catalog.search(session, one.value).hits, one


def test_a_filter_says_what_it_is_called_in_the_readers_language(filled) -> None:
    with filled.read() as session:
        assert catalog.suggest(session, "topic:sca", language="zh")[0].label == (
            "topic:scaling – 规模扩展"
        )
        assert catalog.suggest(session, "issue:2022")[0].label == "issue:2022-04 – April of en"


def test_authors_of_drafts_are_offered_to_the_operator_alone(filled) -> None:
    assert values(filled, "author:hoff") == ['author:"Jordan Hoffmann"']
    assert 'author:"Hoffmeier Secret"' in values(filled, "author:hoff", drafts=True)


def test_authors_are_forgotten_with_their_last_entry(filled) -> None:
    with filled.write() as session:
        shelf_issue = catalog.search(session, "Elsewhere").hits[0]
        catalog.forget_entries(session, [shelf_issue.entry_id])
    assert values(filled, "author:alay") == []


@pytest.mark.parametrize(
    ("typed", "title"),
    [("chinchila", COMPUTE), ("hoffman compute", COMPUTE), ("longer journey", COMPUTE),
     ("topic:scaling chin", COMPUTE), ("author:hoffmann quantum", "Quantum Finding")],
)  # fmt: skip
def test_typing_errors_other_words_and_filters_in_front_find_the_paper(
    filled, typed, title
) -> None:
    assert values(filled, typed) == [title]


def test_no_choice_is_longer_than_discord_takes_and_no_more_are_given(filled) -> None:
    with filled.write() as session:
        session.add_all(Topic(slug=f"t{n}", names={"en": "T" * 120}, terms=[], position=9 + n)
                        for n in range(40))  # fmt: skip
    with filled.read() as session:
        for typed in (
            "topic:t",
            "x" * 70 + " author:hof",
            "on",
            "o" * 95 + " topic:t",
            "iſſue:2022",
        ):
            found = catalog.suggest(session, typed)
            assert len(found) <= MAX_CHOICES
            assert all(len(s.label) <= MAX_LENGTH and len(s.value) <= MAX_LENGTH for s in found)


@pytest.mark.parametrize("typed", ["compute opt", "Compute Opt", "COMPUTE OPT"])
def test_the_last_word_goes_on_in_capitals_too(filled, typed) -> None:
    with filled.write() as session:
        shelf = Shelf(session)
        shelf.put("Vision Without Compute", issue=shelf.issue("2023-01"))
        shelf.index()
    assert values(filled, typed) == [COMPUTE]


def test_names_that_begin_so_come_before_those_that_hold_it_and_those_of_authors(database) -> None:
    with database.write() as session:
        shelf = Shelf(session)
        shelf.put("Apart From Ravens", authors=["Jo Writer"])
        shelf.put("Written Elsewhere", authors=["Raven Roe"])
        shelf.put("Ravens And Others", aliases=["Raven-1"])
        shelf.index()
    assert values(database, "raven")[0] == "Ravens And Others"
    assert set(values(database, "raven")[1:]) == {"Apart From Ravens", "Written Elsewhere"}
    assert len(values(database, "raven", limit=2)) == 2


def test_drafts_and_second_editions_take_no_place(database) -> None:
    with database.write() as session:
        shelf = Shelf(session)
        draft, zh = shelf.issue("2022-07", draft=True), shelf.issue("2022-04", "zh")
        for number in range(8):
            shelf.put(f"Okapi draft {number}", issue=draft)
        for issue in (None, zh):
            shelf.put("Okapi nets", arxiv="2201.00007", issue=issue)
        for number in range(5):
            shelf.put(f"Of Okapi And Others {number}")
        shelf.index()
    shown = values(database, "okapi", limit=8)
    assert shown[0] == "Okapi nets"
    assert len(shown) == 6
    assert values(database, "okapi nets", limit=8) == ["Okapi nets"]


def test_a_shorter_list_is_the_beginning_of_a_longer_one(database) -> None:
    with database.write() as session:
        shelf = Shelf(session)
        zh = shelf.issue("2022-04", "zh")
        for number in range(12):
            for issue in (None, zh):
                title, arxiv = f"Zebra nets {number:02}", f"2201.000{number:02}"
                entry = shelf.put(title, arxiv=arxiv, issue=issue)
        second = Paper(
            title="Zebra nets and whatever else there is to say about zebras", title_key="z"
        )
        session.add(second)  # of the newest entry, and less likely than any of the others
        session.flush()
        session.add(EntryPaper(entry_id=entry, paper_id=second.id, position=2))
        shelf.index()
    every = values(database, "zebra", limit=25)
    assert every[-1] == second.title
    assert len(every) == 13
    for limit in range(1, 13):
        assert values(database, "zebra", limit=limit) == every[:limit]


def test_where_identifiers_fill_the_list_nothing_else_is_looked_for(database, monkeypatch) -> None:
    with database.write() as session:
        shelf = Shelf(session)
        for number in range(MAX_CHOICES):
            shelf.put(f"Paper {number}", arxiv=f"2203.000{number:02}")
        shelf.index()
    module = sys.modules[catalog.suggest.__module__]
    monkeypatch.setattr(module, "_within", lambda *_: pytest.fail("asked for what is not needed"))
    assert len(values(database, "2203")) == MAX_CHOICES


def test_an_entry_that_goes_between_two_questions_to_the_store_is_left_out(
    filled, monkeypatch
) -> None:
    ghost = names.NameMatch(1_000_000, None, Kind.TITLE, "Gone", "gone")
    for name in ("exact", "starting"):
        asked = getattr(names, name)
        monkeypatch.setattr(names, name, lambda *args, asked=asked: [ghost, *asked(*args)])
    assert values(filled, "chinch") == [COMPUTE]
    with filled.read() as session:
        assert [hit.title for hit in catalog.search(session, "chinchilla").hits] == [COMPUTE]


@pytest.mark.parametrize("papers", [MAX_CHOICES, 2 * MAX_CHOICES])
def test_where_names_fill_the_list_they_are_read_at_once_and_nothing_else_is(
    database, monkeypatch, papers
) -> None:
    with database.write() as session:
        shelf = Shelf(session)
        for number in range(papers):
            shelf.put(f"Zebra {number:02}", aliases=[f"Zebra-{number}", f"Zebras {number}"])
        shelf.index()
    module = sys.modules[catalog.suggest.__module__]
    monkeypatch.setattr(module, "NEWEST", 3 * papers)
    monkeypatch.setattr(module, "_within", lambda *_: pytest.fail("asked for what is not needed"))
    read: list[int] = []
    places = module._places
    monkeypatch.setattr(
        module, "_places", lambda _, ids, **how: read.append(len(ids)) or places(_, ids, **how)
    )
    assert len(values(database, "zebra")) == MAX_CHOICES
    assert read == [min(papers, MAX_CHOICES + SPARE)]


def test_digits_find_names_that_begin_so_then_identifiers_then_names_that_hold_them(
    database,
) -> None:
    with database.write() as session:
        shelf = Shelf(session)
        shelf.put("On 2203 Things")
        shelf.put("Elsewhere", arxiv="2203.00001")
        shelf.put("2203 Nights")
        shelf.index()
    assert values(database, "2203") == ["2203 Nights", "Elsewhere", "On 2203 Things"]
    assert values(database, "2203", limit=2) == ["2203 Nights", "Elsewhere"]
