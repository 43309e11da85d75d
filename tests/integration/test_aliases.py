"""The names of papers are an editor's: whatever was guessed, and whatever is imported later."""

from datetime import date

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import select

from publisher import naming
from publisher.corrections import read_corrections
from publisher.ingest import ReadFile, apply_corrections, ingest
from publisher.known_as import settle
from publisher.naming import NamingError, Standing
from publisher.readers import markdown
from publisher.readers.detect import read_edition
from storage import catalog, schema
from storage.catalog import Confidence
from storage.database import Database
from storage.errors import DatabaseUnavailableError
from storage.names import name_key
from storage.tables import Correction, Paper, PaperAlias

SURE, CHOICES, NONE = Confidence.SURE, Confidence.CHOICES, Confidence.NONE
BIRD = {"title": "Winged Recall for Long Documents", "arxiv": "2205.00001", "authors": "Ann Alpha",
        "why": "The resulting family of models is named Heron. It reads whole books."}  # fmt: skip
FISH = {"title": "Deep Currents: Streaming Attention at Sea", "arxiv": "2205.00002",
        "authors": "Bob Beta", "why": "It never stops to look back."}  # fmt: skip


def issue(slug: str, *entries: dict, language: str = "en") -> str:
    """Write an edition in our own form."""
    head = f"---\nnewsletter: N\nslug: {slug}\nlanguage: {language}\ntitle: T\n---\n\nHi.\n\n## Papers\n"
    return head + "".join(_entry(number, entry) for number, entry in enumerate(entries, 1))


def _entry(number: int, entry: dict) -> str:
    lines = [f"### {number}. {entry['title']}", "", f"Authors: {entry['authors']}"]
    lines += [f"arXiv: {entry['arxiv']}"] if "arxiv" in entry else []
    lines += [f"Also known as: {entry['aliases']}"] if "aliases" in entry else []
    lines += ["", f"**Why** {entry.get('why', 'So.')}", "", "**Key insights** Thus.", ""]
    return "\n" + "\n".join(lines)


def take(database: Database, text: str, name: str = "may.md") -> None:
    read = ReadFile(markdown.read(text, name), name, "markdown", str(hash(text)))
    with database.write() as session:
        ingest(session, read, today=date(2026, 1, 1))


def correct(database: Database, text: str, name: str = "c.toml") -> None:
    with database.write() as session:
        apply_corrections(session, read_corrections(text, name), name)


def say(database: Database, what: str, title: str, *names: str) -> list[naming.Change]:
    with database.write() as session:
        return getattr(naming, what)(session, _paper(session, title), list(names))


def _paper(session, title: str) -> Paper:
    return session.exec(select(Paper).where(Paper.title_key == name_key(title))).one()


def known(database: Database, title: str) -> dict[str, Standing]:
    with database.read() as session:
        return {n.name: n.standing for n in naming.names_of(session, _paper(session, title))}


def ask(database: Database, question: str) -> tuple[Confidence, list[str | None]]:
    with database.read() as session:
        answer = catalog.search(session, question, drafts=True)
    return answer.confidence, list(dict.fromkeys(hit.title for hit in answer.hits))


@pytest.fixture
def may(database: Database) -> Database:
    take(database, issue("2022-05", BIRD, FISH))
    return database


def test_a_guessed_name_leads_to_its_paper_and_is_never_sure(may: Database) -> None:
    assert known(may, BIRD["title"])["Heron"] is Standing.GUESSED
    assert ask(may, "heron") == (CHOICES, [BIRD["title"]])


def test_a_confirmed_guess_is_sure_at_once(may: Database) -> None:
    (change,) = say(may, "confirm", BIRD["title"], "heron")
    assert (change.name, change.before, change.after) == (
        "Heron",
        Standing.GUESSED,
        Standing.EDITOR,
    )
    assert (change.confidence, change.remarks) == (SURE, ())
    assert ask(may, "heron") == (SURE, [BIRD["title"]])


def test_only_what_was_guessed_is_confirmed_and_nothing_is_changed_otherwise(may: Database) -> None:
    with pytest.raises(NamingError, match=r"'Albatross' was not guessed.*Heron.*`add`"):
        say(may, "confirm", BIRD["title"], "Heron", "Albatross")
    assert ask(may, "heron")[0] is CHOICES


def test_an_added_name_is_sure_at_once_and_gone_when_it_is_taken_back(may: Database) -> None:
    assert ask(may, "kingfisher")[0] is not SURE
    (change,) = say(may, "add", FISH["title"], "King Fisher")
    assert (change.before, change.after, change.confidence) == (None, Standing.EDITOR, SURE)
    assert ask(may, "kingfisher") == (SURE, [FISH["title"]])
    (change,) = say(may, "release", FISH["title"], "king fisher")
    assert (change.before, change.after) == (Standing.EDITOR, None)
    assert ask(may, "kingfisher")[0] is not SURE
    with may.read() as session:
        assert session.exec(select(Correction)).all() == []


def test_a_forbidden_name_answers_no_more(may: Database) -> None:
    say(may, "confirm", BIRD["title"], "Heron")
    (change,) = say(may, "forbid", BIRD["title"], "heron")
    assert (change.before, change.after) == (Standing.EDITOR, Standing.FORBIDDEN)
    confidence, _ = ask(may, "heron")
    assert confidence is not SURE
    with may.read() as session:
        hits = catalog.search(session, "heron", drafts=True).hits
        assert "Heron" not in {hit.matched for hit in hits}  # its words may be found, as words
        assert catalog.suggest(session, "heron", drafts=True) != []
        assert all("Heron –" not in s.label for s in catalog.suggest(session, "her", drafts=True))


@pytest.mark.parametrize("name", ["Deep Currents", "DCSA", "deepcurrents"])
def test_a_part_of_a_title_and_its_initials_can_be_forbidden(may: Database, name) -> None:
    say(may, "forbid", FISH["title"], name)
    assert ask(may, name)[0] is not SURE
    with may.read() as session:
        assert catalog.exact_names(session, [name_key(name)]) == []
    assert ask(may, FISH["title"]) == (SURE, [FISH["title"]])


def test_a_forbidden_name_answers_neither_as_a_beginning_nor_as_a_misspelling(
    database: Database,
) -> None:
    take(
        database,
        issue("2022-05", BIRD | {"title": "Herons: At", "why": "So.", "aliases": "Kingfishers"}),
    )
    assert ask(database, "heron") == (CHOICES, ["Herons: At"])
    assert ask(database, "kingfihsers") == (SURE, ["Herons: At"])
    say(database, "forbid", "Herons: At", "Heron", "Kingfihsers")
    with database.read() as session:
        matched = [hit.matched for hit in catalog.search(session, "heron", drafts=True).hits]
    assert "Herons" not in matched  # its words alone still say so
    assert ask(database, "kingfihsers")[0] is not SURE
    assert ask(database, "kingfishers")[0] is SURE


def test_a_title_is_neither_given_nor_forbidden(may: Database) -> None:
    for what in ("add", "forbid"):
        with pytest.raises(NamingError, match="is the paper's title"):
            say(may, what, BIRD["title"], "Winged recall for long documents!")


def test_a_title_in_another_language_is_not_forbidden_either(may: Database) -> None:
    chinese = BIRD | {"title": "长文档的翼式回忆"}
    take(may, issue("2022-05", chinese, FISH, language="zh"), "may.zh.md")
    with pytest.raises(NamingError, match="is the paper's title"):
        say(may, "forbid", BIRD["title"], "长文档的翼式回忆")


@pytest.mark.parametrize("name", ["", " ", "!?", "a" * 101, "two\x00parts"])
def test_what_is_no_name_is_refused(may: Database, name) -> None:
    with pytest.raises(NamingError, match="is no name"):
        say(may, "add", BIRD["title"], name)


@pytest.mark.parametrize(
    "name",
    ["2205.00002", "arXiv:2205.00002v2", "hep-th/9711200", "10.1000/182", "https://example.org/a",
     "github.com/a/b"],
)  # fmt: skip
def test_an_identifier_or_address_is_not_given_as_a_name(may: Database, name) -> None:
    with pytest.raises(NamingError, match="identifier or address"):
        say(may, "add", BIRD["title"], name)
    assert name not in known(may, BIRD["title"])


def test_a_name_with_a_sign_is_another_name(may: Database) -> None:
    """What is said of `Heron++` says nothing of `Heron`, and neither surely means the other."""
    say(may, "confirm", BIRD["title"], "heron")
    assert ask(may, "Heron++") == (CHOICES, [BIRD["title"]])
    say(may, "forbid", BIRD["title"], "Heron++")
    assert ask(may, "heron") == (SURE, [BIRD["title"]])
    say(may, "add", FISH["title"], "Heron++")
    assert ask(may, "Heron++") == (SURE, [FISH["title"]])
    assert ask(may, "heron") == (SURE, [BIRD["title"]])
    say(may, "release", BIRD["title"], "Heron++")
    assert known(may, BIRD["title"])["Heron"] is Standing.EDITOR


def test_an_editors_word_waits_for_one_that_is_being_kept_and_a_listing_does_not(
    postgres_url: str,
) -> None:
    may = Database(postgres_url)
    schema.upgrade(may)
    take(may, issue("2022-05", BIRD, FISH))
    say(may, "confirm", BIRD["title"], "heron")
    with may.write() as other:
        settle(other, [_paper(other, FISH["title"]).id or 0])

        assert known(may, BIRD["title"])["Heron"] is Standing.EDITOR
        with pytest.raises(DatabaseUnavailableError, match="lock timeout"), may.write() as session:
            session.connection().execute(text("SET LOCAL lock_timeout = '200ms'"))
            naming.forbid(session, _paper(session, BIRD["title"]), ["Heron"])
    may.close()


def test_stored_names_with_signs_get_their_own_keys(may: Database) -> None:
    """A store of an earlier version keeps an editor's word on a name with a sign for that name alone."""
    say(may, "confirm", BIRD["title"], "heron")
    say(may, "forbid", FISH["title"], "Currents++")
    with may.engine.begin() as connection:
        config = schema._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
    with may.read() as session:
        assert {a.name: a.key for a in session.exec(select(PaperAlias))}["Currents++"] == "currents"
    schema.upgrade(may)
    with may.read() as session:
        found = {a.name: a.key for a in session.exec(select(PaperAlias))}
    assert (found["Heron"], found["Currents++"]) == ("heron", "currents++")


def test_an_editors_word_outlives_later_imports_in_every_language(may: Database) -> None:
    say(may, "forbid", BIRD["title"], "Heron")
    say(may, "add", FISH["title"], "Sailor")
    before = known(may, BIRD["title"]), known(may, FISH["title"])
    chinese = BIRD | {"why": "这一模型系列被命名为 Heron。"}
    take(may, issue("2022-05", chinese, FISH, language="zh"), "may.zh.md")
    take(may, issue("2022-05", BIRD | {"aliases": "Heron"}, FISH | {"why": "It goes on."}))
    take(may, issue("2022-06", FISH | {"why": "Again."}, BIRD), "june.md")
    take(may, issue("2022-04", BIRD | {"aliases": "Heron"}, FISH), "april.md")
    assert (known(may, BIRD["title"]), known(may, FISH["title"])) == before
    assert ask(may, "heron")[0] is not SURE
    assert ask(may, "sailor") == (SURE, [FISH["title"]])


def test_a_corrections_file_that_is_read_again_does_not_undo_what_was_said_since(
    may: Database,
) -> None:
    file = '[["2022-05".entry]]\nnumber = 1\naliases = ["Heron", "Crane"]\n'
    correct(may, file)
    assert ask(may, "crane")[0] is SURE
    say(may, "forbid", BIRD["title"], "Crane")
    say(may, "add", BIRD["title"], "Stork")
    correct(may, file)
    assert ask(may, "crane")[0] is not SURE
    assert ask(may, "stork")[0] is SURE


def test_what_a_file_forbids_stays_forbidden_when_another_issue_is_imported(may: Database) -> None:
    correct(may, '[["2022-05".entry]]\nnumber = 1\nforbidden_aliases = ["Heron"]\n')
    take(may, issue("2022-06", BIRD), "june.md")
    assert known(may, BIRD["title"])["Heron"] is Standing.FORBIDDEN
    with may.read() as session:
        assert catalog.exact_names(session, ["heron"]) == []


def test_a_name_that_a_file_forbids_to_one_entry_is_free_for_the_next(database: Database) -> None:
    take(database, issue("2022-05", BIRD, FISH | {"aliases": "Heron"}))
    correct(database, '[["2022-05".entry]]\nnumber = 1\nforbidden_aliases = ["Heron"]\n')
    assert known(database, FISH["title"])["Heron"] is Standing.EDITOR
    assert ask(database, "heron") == (SURE, [FISH["title"]])


PAIR = f"""[["2022-05".entry]]
number = 1
papers = [
  {{ title = "{BIRD["title"]}", arxiv = "{BIRD["arxiv"]}", aliases = ["Heron"] }},
  {{ title = "{FISH["title"]}", arxiv = "{FISH["arxiv"]}", forbidden_aliases = ["Deep Currents"] }},
]
"""


@pytest.fixture
def pair(database: Database) -> Database:
    """An entry that covers two papers."""
    heading = f"{BIRD['title']} and {FISH['title']}"
    take(database, issue("2022-05", {"title": heading, "authors": "Ann Alpha"}))
    correct(database, PAIR)
    return database


def test_in_an_entry_of_two_papers_a_name_goes_to_the_right_one(pair: Database) -> None:
    assert known(pair, FISH["title"])["Deep Currents"] is Standing.FORBIDDEN
    say(pair, "add", FISH["title"], "Sailor")
    say(pair, "forbid", BIRD["title"], "Sailor", "Heron")
    correct(pair, PAIR)
    assert ask(pair, "sailor") == (SURE, [FISH["title"]])
    assert known(pair, BIRD["title"])["Heron"] is Standing.FORBIDDEN
    assert "Heron" not in known(pair, FISH["title"])


def test_words_follow_their_paper_when_two_papers_change_places(pair: Database) -> None:
    lines = PAIR.splitlines()
    say(pair, "add", BIRD["title"], "Stork")
    correct(pair, "\n".join([*lines[:3], lines[4], lines[3], lines[5]]))
    assert ask(pair, "stork") == (SURE, [BIRD["title"]])


def test_words_follow_papers_without_an_id_that_change_places(database: Database) -> None:
    one, two = ({k: v for k, v in paper.items() if k != "arxiv"} for paper in (BIRD, FISH))
    heading = {"title": "Both", "authors": "Ann Alpha"}
    papers = [f'{{ title = "{p["title"]}" }}' for p in (one, two)]
    file = '[["2022-05".entry]]\nnumber = 1\npapers = [{}]\n'
    take(database, issue("2022-05", heading))
    correct(database, file.format(", ".join(papers)))
    say(database, "add", BIRD["title"], "Stork")
    correct(database, file.format(", ".join(reversed(papers))))
    assert ask(database, "stork") == (SURE, [BIRD["title"]])


def test_a_correction_with_an_alias_leaves_an_entry_of_two_papers_as_it_is(pair: Database) -> None:
    with pair.write() as session:
        text = '[["2022-05".entry]]\nnumber = 1\naliases = ["Both"]\nlanguage = "en"\n'
        (report,) = apply_corrections(session, read_corrections(text, "d.toml"), "d.toml")
        assert len(session.exec(select(Paper)).all()) == 2
    assert any("entry 1 covers 2 papers" in remark for remark in report.remarks)


def test_a_word_follows_a_paper_that_gets_its_right_title_and_id(database: Database) -> None:
    take(database, issue("2022-05", {"title": "Winged Recal", "authors": "Ann Alpha"}))
    say(database, "add", "Winged Recal", "Stork")
    fields = f'title = "{BIRD["title"]}"\narxiv = "{BIRD["arxiv"]}"\n'
    correct(database, f'[["2022-05".entry]]\nnumber = 1\n{fields}')
    take(database, issue("2022-05", {"title": "Winged Recal", "authors": "Ann Alpha"}))
    assert ask(database, "stork") == (SURE, [BIRD["title"]])


def test_a_word_follows_a_paper_that_turns_out_to_be_another(database: Database) -> None:
    take(database, issue("2022-05", BIRD))
    take(database, issue("2022-06", {"title": "Winged Recal", "authors": "Ann Alpha"}), "june.md")
    say(database, "add", "Winged Recal", "Stork")
    correct(database, f'[["2022-06".entry]]\nnumber = 1\narxiv = "{BIRD["arxiv"]}"\n')
    assert ask(database, "stork") == (SURE, [BIRD["title"]])


def test_a_word_follows_a_paper_whose_entry_turns_out_to_cover_a_known_one(
    database: Database,
) -> None:
    take(database, issue("2022-05", BIRD))
    take(database, issue("2022-06", {"title": "Winged Recal", "authors": "Ann Alpha"}), "june.md")
    say(database, "add", "Winged Recal", "Stork")
    fields = f'title = "{BIRD["title"]}"\narxiv = "{BIRD["arxiv"]}"\n'
    correct(database, f'[["2022-06".entry]]\nnumber = 1\n{fields}')
    assert ask(database, "stork") == (SURE, [BIRD["title"]])


def test_a_word_does_not_pass_to_another_paper_in_the_same_place(database: Database) -> None:
    mole = {"title": "Tunnels", "authors": "Cy Gamma"}
    take(database, issue("2022-05", {"title": "Winged Recall", "authors": "Ann Alpha"}))
    say(database, "add", "Winged Recall", "Stork")
    take(database, issue("2022-05", mole))
    assert known(database, "Tunnels") == {"Tunnels": Standing.TITLE}
    take(database, issue("2022-06", {"title": "Winged Recall", "authors": "Ann Alpha"}), "june.md")
    assert ask(database, "stork") == (SURE, ["Winged Recall"])


def test_a_name_of_a_paper_in_two_issues_is_taken_back_in_both(may: Database) -> None:
    take(may, issue("2022-06", BIRD), "june.md")
    say(may, "confirm", BIRD["title"], "Heron")
    say(may, "add", BIRD["title"], "Stork")
    say(may, "release", BIRD["title"], "Heron", "Stork")
    assert known(may, BIRD["title"])["Heron"] is Standing.GUESSED
    with may.read() as session:
        assert {m.kind.value for m in catalog.exact_names(session, ["heron"])} == {"guessed"}
        assert catalog.exact_names(session, ["stork"]) == []


def test_an_import_that_names_a_paper_is_felt_in_the_other_issues(may: Database) -> None:
    june = issue("2022-06", BIRD | {"aliases": "Stork"})
    take(may, june, "june.md")
    with may.read() as session:
        assert len(catalog.exact_names(session, ["stork"])) == 2
    take(may, issue("2022-06", BIRD), "june.md")
    with may.read() as session:
        assert catalog.exact_names(session, ["stork"]) == []


def test_what_a_file_says_holds_again_when_the_word_on_it_is_taken_back(may: Database) -> None:
    correct(may, '[["2022-05".entry]]\nnumber = 1\naliases = ["Crane"]\n', "birds.toml")
    say(may, "forbid", BIRD["title"], "Crane")
    (change,) = say(may, "release", BIRD["title"], "Crane")
    assert change.after is Standing.EDITOR
    (change,) = say(may, "release", BIRD["title"], "Crane")
    assert change.after is None
    assert "birds.toml" in change.remarks[0]
    with pytest.raises(NamingError, match="No editor said a word"):
        say(may, "release", BIRD["title"], "Crane")


def test_what_is_forbidden_to_both_papers_is_given_back_to_one_alone(pair: Database) -> None:
    correct(pair, '[["2022-05".entry]]\nnumber = 1\nforbidden_aliases = ["Ibis"]\n')
    say(pair, "release", BIRD["title"], "Ibis")
    assert "Ibis" not in known(pair, BIRD["title"])
    assert known(pair, FISH["title"])["Ibis"] is Standing.FORBIDDEN


def test_a_name_in_an_issues_own_file_is_taken_back_there(database: Database) -> None:
    take(database, issue("2022-05", BIRD | {"aliases": "Stork"}))
    with pytest.raises(NamingError, match=r"“Stork” stands in the file of issue 2022-05 \(en\)"):
        say(database, "release", BIRD["title"], "Stork")
    with pytest.raises(NamingError, match="it is there as: guessed"):
        say(database, "release", BIRD["title"], "Heron")


def test_a_name_of_two_papers_answers_with_choices_and_the_editor_is_told(may: Database) -> None:
    (change,) = say(may, "add", FISH["title"], "Heron")
    assert change.remarks == (f"“Heron” is also guessed for “{BIRD['title']}”",)
    assert ask(may, "heron") == (SURE, [FISH["title"]])
    (change,) = say(may, "confirm", BIRD["title"], "Heron")
    assert change.remarks == (
        f"“Heron” already names “{FISH['title']}”: asking for it lists choices",
    )
    assert ask(may, "heron")[0] is CHOICES


@pytest.fixture
def crowd(database: Database) -> Database:
    """A store in which some words are in every mouth."""
    text = "LLMs and large language models, attention, scaling, transformers and pre-training; 注意力机制。"
    entries = [
        {"title": f"Study {n}", "authors": f"Zoe {n}", "why": text, "arxiv": f"2205.1000{n}"}
        for n in range(9)
    ]
    take(database, issue("2022-05", BIRD, *entries))
    return database


POPULAR = [
    "Attention",
    "LLM",
    "transformer",
    "scaling",
    "large language models",
    "pretraining",
    "注意力机制",
]


@pytest.mark.parametrize("word", POPULAR)
def test_a_popular_word_is_never_a_sure_alias_whoever_gives_it(crowd: Database, word) -> None:
    (change,) = say(crowd, "add", BIRD["title"], word)
    assert change.after is Standing.EDITOR
    assert change.remarks == (f"“{word}” is a popular word here: asking for it lists choices",)
    for question in (word, f"the {word} paper", word[:-1], word + "s", f"{word} model"):
        assert ask(crowd, question)[0] is not SURE, question


@pytest.mark.parametrize("word", ["Attention", "LLM", "transformer", "scaling"])
def test_a_word_that_few_use_is_sure_when_an_editor_gives_it_and_never_when_it_is_guessed(
    database: Database, word
) -> None:
    told = BIRD | {"why": f"The resulting family of models is called {word.title()}. It is small."}
    take(database, issue("2022-05", told, {"title": "Other", "authors": "Di Delta"}))
    with database.write() as session:
        paper = _paper(session, BIRD["title"])
        row = session.exec(select(PaperAlias).where(PaperAlias.key == name_key(word))).first()
        assert row is None or row.origin.value == "guessed"
        assert catalog.search(session, word).confidence is not SURE
        naming.add(session, paper, [word])
    assert ask(database, word) == (SURE, [BIRD["title"]])


def test_guesses_wait_for_a_word_the_newest_first_and_say_where_they_come_from(
    may: Database,
) -> None:
    later = {"title": "Roots", "authors": "Di Delta", "why": "A tool dubbed Mandrake came of it."}
    take(may, issue("2022-06", later), "june.md")
    with may.read() as session:
        found = [(paper.title, name) for paper, name in naming.waiting(session, 10)]
    assert [(title, name.name) for title, name in found] == [
        ("Roots", "Mandrake"), (BIRD["title"], "Heron"),
    ]  # fmt: skip
    (source,) = found[1][1].sources
    assert (source.issue, source.language, source.entry) == ("2022-05", "en", 1)
    assert source.words == "The resulting family of models is named Heron."
    say(may, "forbid", "Roots", "Mandrake")
    say(may, "confirm", BIRD["title"], "Heron")
    with may.read() as session:
        assert naming.waiting(session, 10) == []


def test_a_word_may_be_changed_and_the_last_one_holds(may: Database) -> None:
    say(may, "forbid", BIRD["title"], "Heron")
    say(may, "add", BIRD["title"], "HERON")
    assert known(may, BIRD["title"])["HERON"] is Standing.EDITOR
    say(may, "forbid", BIRD["title"], "Heron")
    say(may, "confirm", BIRD["title"], "Heron")
    assert ask(may, "heron")[0] is SURE
    with may.read() as session:
        (row,) = session.exec(select(Correction)).all()
        assert len(row.content["names"]) == 1


def test_no_guess_in_the_real_editions_makes_an_answer_sure(database: Database, seeds) -> None:
    for path in seeds:
        edition, form, digest = read_edition(path)
        with database.write() as session:
            ingest(session, ReadFile(edition, path.name, form, digest), today=date(2026, 1, 1))
    with database.read() as session:
        found = [(paper.id, name.name) for paper, name in naming.waiting(session, 100)]
        answers = {name: catalog.search(session, name) for _, name in found}
    assert {"Chinchilla", "SayCan", "μTransfer"} <= answers.keys()
    assert {name for name, answer in answers.items() if answer.confidence is SURE} == set()
    assert all(answers[name].hits[0].paper_id == paper_id for paper_id, name in found)
