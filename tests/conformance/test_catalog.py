"""The catalog gives the same answers on every database."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import select

from storage import catalog
from storage.catalog import Confidence
from storage.database import Database
from storage.enums import AliasOrigin, EntryKind
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Newsletter, Paper, PaperAlias, Reference

# (title, arXiv id, aliases, authors, a text in words of our own)
PAPERS = [
    ("Training Compute-Optimal Large Language Models", "2203.15556", ["Chinchilla"],
     ["Jordan Hoffmann", "Arthur Mensch"], "Smaller networks that read more tokens win.³"),
    ("Pathways: Asynchronous Distributed Dataflow for ML", "2203.12533", ["Pathways"],
     ["Paul Barham"], "One program for thousands of chips."),
    ("Tensor Programs V: Tuning Large Neural Networks via Zero-Shot Hyperparameter Transfer",
     "2203.03466", ["μTransfer"], ["Greg Yang"], "Tune the small network, keep the knobs."),
    ("Make-A-Scene: Scene-Based Text-to-Image Generation with Human Priors", "2203.13131", [],
     ["Oran Gafni"], "Pictures from a sketch of segments."),
]  # fmt: skip
CHINESE = ["给定计算预算，模型参数与令牌数量应同步增长。", "编排层。", "超参数调优。", "草图成画。"]
PALM = ("PaLM: Scaling Language Modeling with Pathways", "2204.02311", ["PaLM"])


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        newsletter = Newsletter(slug="n", name="N", languages=["en", "zh"])
        session.add(newsletter)
        session.flush()
        original = None
        for language in ("en", "zh"):
            issue = Issue(newsletter_id=newsletter.id, slug="2022-04", language=language, title="April",
                          month=date(2022, 4, 1), month_source="given",
                          published_at=datetime(2022, 4, 1, tzinfo=UTC),
                          translation_of_id=original)  # fmt: skip
            session.add(issue)
            session.flush()
            original = original or issue.id
            bert = "“BERT: Deep Bidirectional Transformers” by Jacob Devlin et al. 2018."
            session.add(Reference(issue_id=issue.id, position=1, number=3, text=bert))
            for position, (title, arxiv, aliases, authors, own) in enumerate(PAPERS, 1):
                entry = Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=position, number=position,
                              title=title, authors=authors,
                              why=CHINESE[position - 1] if language == "zh" else own,
                              related=[{"title": "Delta Tuning", "url": None, "arxiv": "2203.06904"}]
                              if position == 3 else [])  # fmt: skip
                session.add(entry)
                session.flush()
                works = [(title, arxiv, aliases)] + ([PALM] if position == 2 else [])
                for place, (name, number, names) in enumerate(works, 1):
                    paper = session.exec(select(Paper).where(Paper.arxiv == number)).first()
                    if paper is None:
                        paper = Paper(title=name, title_key=name_key(name), arxiv=number)
                        session.add(paper)
                        session.flush()
                        for alias in names:
                            session.add(PaperAlias(paper_id=paper.id, name=alias, key=name_key(alias),
                                                   origin=AliasOrigin.EDITOR))  # fmt: skip
                    session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id, position=place))
            catalog.index_issue(session, issue.id)
    return database


def first(database: Database, query: str, language: str = "en"):
    with database.read() as session:
        answer = catalog.search(session, query, language=language)
    return answer.confidence, answer.hits[0] if answer.hits else None


@pytest.mark.parametrize(
    ("query", "arxiv"),
    [
        ("chinchilla", "2203.15556"),
        ("Training compute-optimal large language models", "2203.15556"),
        ("2203.15556", "2203.15556"),
        ("https://arxiv.org/abs/2203.15556v2", "2203.15556"),
        ("https://arxiv.org/pdf/2203.15556.pdf", "2203.15556"),
        ("10.48550/arXiv.2203.15556", "2203.15556"),
        ("makeascene", "2203.13131"),
        ("make a scene", "2203.13131"),
        ("palm", "2204.02311"),
        ("µtransfer", "2203.03466"),
        ("mu transfer", "2203.03466"),
        ("chinchila", "2203.15556"),
        ("chinchlila", "2203.15556"),
        (
            "tensor programs v: tuning large neural networks via zero-shot hyperparamter transfer",
            "2203.03466",
        ),
    ],
)
def test_names_and_ids_are_sure(filled: Database, query, arxiv) -> None:
    confidence, hit = first(filled, query)
    assert confidence is Confidence.SURE
    assert hit is not None
    assert hit.arxiv == arxiv


@pytest.mark.parametrize(
    ("query", "arxiv"),
    [
        ("tensor p", "2203.03466"),
        ("Paul Barham", "2203.12533"),
        ("hoffmann", "2203.15556"),
        ("delta tuning", "2203.03466"),
        ("2203.06904", "2203.03466"),
        ("sketch of segments", "2203.13131"),
        ("令牌 数量", "2203.15556"),
        ("BERT", "2203.15556"),
        ("chinchilla scaling", "2203.15556"),
    ],
)
def test_half_remembered_things_come_first_but_are_asked(filled: Database, query, arxiv) -> None:
    confidence, hit = first(filled, query)
    assert confidence is Confidence.CHOICES
    assert hit is not None
    assert hit.arxiv == arxiv


@pytest.mark.parametrize(
    ("query", "arxiv"),
    [
        ("chinchill", "2203.15556"),  # a beginning
        ("chinchilla 2", "2203.15556"),
        ("chinchilla-2", "2203.15556"),
        ("chinchilla v2", "2203.15556"),
        ("chinchillas", "2203.15556"),
        ("Chinchilla++", "2203.15556"),
        ("Chinchilla#", "2203.15556"),
        ("pathway", "2203.12533"),  # another word
        ("tensor programs iv", "2203.03466"),
        ("tensor programs vi", "2203.03466"),
        ("tensor programs", "2203.03466"),
        ("palms", "2204.02311"),
        ("make a scent", "2203.13131"),
        ("utransfer", "2203.03466"),
        ("Training compute-suboptimal large language models", "2203.15556"),
        ("Training compute-optimal large language model", "2203.15556"),
        ("Training compute-optimal small language models", "2203.15556"),
        ("Straining compute-optimal large language models", "2203.15556"),
    ],
)
def test_another_version_or_word_is_asked_about(filled: Database, query, arxiv) -> None:
    """What may be the name of another paper is never sure; the nearest comes first."""
    confidence, hit = first(filled, query)
    assert confidence is Confidence.CHOICES
    assert hit is not None
    assert hit.arxiv == arxiv


@pytest.mark.parametrize("query", ["whisper speech", "mamba", "", "   ", "2101.00001"])
def test_what_is_not_there_is_not_claimed(filled: Database, query) -> None:
    confidence, _ = first(filled, query)
    assert confidence is Confidence.NONE


@pytest.mark.parametrize(
    "query", ["whisper speech", "2101.00001", "?", "龙猫", "https://example.com", "x"]
)
def test_where_nothing_answers_the_nearest_three_are_offered(filled: Database, query) -> None:
    with filled.read() as session:
        answer = catalog.search(session, query)
    assert answer.confidence is Confidence.NONE
    assert len({hit.paper_id for hit in answer.hits}) == 3


def test_the_nearest_are_within_the_filters(filled: Database) -> None:
    with filled.read() as session:
        answer = catalog.search(session, "author:barham zzqx")
        assert catalog.search(session, "year:1999 zzqx").hits == []
    assert answer.confidence is Confidence.NONE
    assert {hit.arxiv for hit in answer.hits} in (
        {"2203.12533"},
        {"2203.12533", "2204.02311"},  # the one entry covers both
    )


def test_what_only_a_translation_matched_is_said_so(filled: Database) -> None:
    assert first(filled, "Bildgenerierung Szenen")[1].matched == "words that mean the same"
    assert first(filled, "sketch of segments")[1].matched == "all words"


def test_the_readers_language_decides_which_edition_is_shown(filled: Database) -> None:
    assert first(filled, "chinchilla", "zh")[1].language == "zh"
    assert first(filled, "chinchilla", "zh-CN")[1].language == "zh"
    assert first(filled, "chinchilla", "fr")[1].language == "en"


def test_a_draft_is_found_by_the_operator_alone(filled: Database) -> None:
    with filled.write() as session:
        for issue in session.exec(select(Issue)):
            issue.published_at = None
    with filled.read() as session:
        assert catalog.search(session, "chinchilla").hits == []
        assert catalog.suggest(session, "chin") == []
        assert catalog.search(session, "chinchilla", drafts=True).hits


def test_suggestions_start_at_the_first_character(filled: Database) -> None:
    with filled.read() as session:
        assert catalog.suggest(session, "c")[0].value.startswith("Training Compute")
        assert len(catalog.suggest(session, "")) == 5
        assert all(
            len(s.label) <= 100 and len(s.value) <= 100 for s in catalog.suggest(session, "t")
        )


def test_reindex_changes_no_answer(filled: Database) -> None:
    before = first(filled, "chinchilla")
    with filled.write() as session:
        assert catalog.reindex(session) == 2
    assert first(filled, "chinchilla") == before


def test_a_paper_in_two_issues_is_shown_in_both_when_it_is_meant(filled: Database) -> None:
    with filled.write() as session:
        paper = session.exec(select(Paper).where(Paper.arxiv == "2203.15556")).one()
        newsletter = session.exec(select(Newsletter)).one()
        issue = Issue(newsletter_id=newsletter.id, slug="2022-09", language="en", title="September",
                      month=date(2022, 9, 1), month_source="given",
                      published_at=datetime(2022, 9, 1, tzinfo=UTC))  # fmt: skip
        session.add(issue)
        session.flush()
        entry = Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=1, why="Once more.")
        session.add(entry)
        session.flush()
        session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id))
        catalog.index_issue(session, issue.id)
    with filled.read() as session:
        answer = catalog.search(session, "chinchilla")
    assert answer.confidence is Confidence.SURE
    assert [hit.issue for hit in answer.hits] == ["2022-09", "2022-04"]


@pytest.mark.parametrize(
    ("query", "arxiv"),
    [
        ("author:hoffmann", {"2203.15556"}),
        ("by:barham", {"2203.12533"}),
        ("author:yang hyperparameter", {"2203.03466"}),
        ("issue:2022-04 lang:zh", {"2203.15556", "2203.12533", "2203.03466", "2203.13131"}),
        ("author:hoffmann year:2022", {"2203.15556"}),
        ('author:"J. Hoffmann"', {"2203.15556"}),
        ("author: hoffmann", {"2203.15556"}),
        ("author:hoffmann year:1999", set()),
        ("issue:2019-01 chinchilla", set()),
    ],
)
def test_filters_narrow_an_answer(filled: Database, query, arxiv) -> None:
    with filled.read() as session:
        hits = catalog.search(session, query).hits
    assert {hit.arxiv for hit in hits} == arxiv


def test_a_year_is_that_of_the_issue_or_of_the_paper_and_not_one_in_the_text(
    filled: Database,
) -> None:
    with filled.write() as session:
        paper = session.exec(select(Paper).where(Paper.arxiv == "2203.13131")).one()
        paper.year = 2021
        for entry in session.exec(select(Entry).where(Entry.position == 1)):
            entry.why += " Since 2018 and 2021."
        for issue in session.exec(select(Issue.id)):
            catalog.index_issue(session, issue)
    with filled.read() as session:
        found = {
            year: {hit.arxiv for hit in answer.hits}
            for year in ("2018", "2021", "2022")
            if (answer := catalog.search(session, f"year:{year}")).confidence is Confidence.CHOICES
        }
    assert found == {"2021": {"2203.13131"}, "2022": {p[1] for p in PAPERS}}


def test_filters_may_be_given_as_options(filled: Database) -> None:
    with filled.read() as session:
        filters = catalog.Filters(languages=("zh",))
        hits = catalog.search(session, "chinchilla", filters=filters).hits
    assert [hit.language for hit in hits] == ["zh"]


def test_what_an_entry_points_at_is_said_to_be_cited(filled: Database) -> None:
    with filled.read() as session:
        assert "cited in" in catalog.search(session, "BERT").hits[0].matched
        assert "related work" in catalog.search(session, "delta tuning").hits[0].matched


def test_other_words_and_languages_find_the_same(filled: Database) -> None:
    assert first(filled, "超参数 迁移")[1].arxiv == "2203.03466"
    assert first(filled, "Bildgenerierung Szenen")[1].arxiv == "2203.13131"
    assert first(filled, "pictures of scenes")[1].arxiv == "2203.13131"


@pytest.mark.parametrize(
    "query",
    ["what is 2203.15556?", "show me arxiv.org/abs/2203.15556 please", "关于2203.15556的论文",
     "chinchilla 2203.15556", "２２０３．１５５５６", "2203.15556 10.48550/arXiv.2203.15556"],
)  # fmt: skip
def test_an_id_within_what_frames_it_or_beside_its_name_is_sure(filled: Database, query) -> None:
    confidence, hit = first(filled, query)
    assert (confidence, hit.arxiv) == (Confidence.SURE, "2203.15556")


@pytest.mark.parametrize(
    "query",
    ["not 2203.15556", "papers that cite 2203.15556", "palm 2203.15556", "2203.15556 2401.12345",
     "2401.12345 2203.15556", "https://example.org/wiki/Chinchilla", "https://chinchilla.github.io/",
     "https://github.com/someone/chinchilla", "https://github.com/deep-mind/chinchilla",
     "https://example.org/training-compute-optimal-large-language-models"],
)  # fmt: skip
def test_an_id_with_other_words_or_an_unknown_one_or_an_address_is_asked_about(
    filled: Database, query
) -> None:
    confidence, hit = first(filled, query)
    assert (confidence, hit.arxiv) == (Confidence.CHOICES, "2203.15556")


def test_every_id_is_answered_those_of_related_works_too(filled: Database) -> None:
    with filled.read() as session:
        answer = catalog.search(session, "2203.15556 2203.06904 2401.12345")
    assert answer.confidence is Confidence.CHOICES
    assert [h.arxiv for h in answer.hits] == ["2203.15556", "2203.03466"]
    assert "related work" in answer.hits[1].matched


@pytest.mark.parametrize(
    "query",
    ["J. Hoffmann", "Hoffmann J", "Hoffmann, J.", "J Hoffmann et al.", "hoffmann2022training"],
)
def test_an_author_is_found_by_initials_and_a_paper_by_its_citation_key(
    filled: Database, query
) -> None:
    confidence, hit = first(filled, query)
    assert (confidence, hit.arxiv) == (Confidence.CHOICES, "2203.15556")


def test_several_ids_at_once_are_answered_in_their_order(filled: Database) -> None:
    with filled.read() as session:
        answer = catalog.search(session, "2203.13131 https://arxiv.org/abs/2203.15556")
    assert answer.confidence is Confidence.CHOICES
    assert [hit.arxiv for hit in answer.hits] == ["2203.13131", "2203.15556"]


def test_what_is_forgotten_leaves_no_word_behind(filled: Database) -> None:
    with filled.write() as session:
        entries = [e for e in session.exec(select(Entry.id)) if e]
        catalog.forget_entries(session, entries)
        for table in ("document", "name", "word", "spelling"):
            assert session.scalar(text(f"SELECT count(*) FROM search_{table}")) == 0
        answer = catalog.search(session, "chinchilla scaling")
        assert answer.confidence is Confidence.NONE
        assert {hit.matched for hit in answer.hits} == {"newest"}
        for issue in session.exec(select(Issue.id)):
            catalog.index_issue(session, issue)
    assert first(filled, "chinchila")[0] is Confidence.SURE


def test_indexing_again_keeps_the_vocabulary(filled: Database) -> None:
    counted = "SELECT term, entries FROM search_word ORDER BY term"
    with filled.write() as session:
        before = session.execute(text(counted)).all()
        for issue in session.exec(select(Issue.id)):
            catalog.index_issue(session, issue)
        assert session.execute(text(counted)).all() == before
        catalog.reindex(session)
        assert session.execute(text(counted)).all() == before


def test_a_suggestion_finds_what_it_suggests(filled: Database) -> None:
    with filled.read() as session:
        for prefix in ("", "p", "pa", "mak", "tens", "hoff"):
            for suggestion in catalog.suggest(session, prefix):
                answer = catalog.search(session, suggestion.value)
                assert answer.confidence is Confidence.SURE
                assert suggestion.label.startswith((answer.hits[0].title or "")[:20]) or (
                    (answer.hits[0].title or "")[:20] in suggestion.label
                )


HOSTILE = [
    '"', "a AND", "NEAR(a b)", "x*", "\0", "';--", "\u202eabc", "😀" * 50, "a" * 10_000, "{a}:b", "^a", "-a +b",
    "' OR 1=1 --", "a:*B & !c", "<->", "%_%", "author:", 'author:"', "year:99999", "学" * 500, "שלום", "\ud800",
    "a " * 5_000, "@# ^= |", "10.1/x", "http://", "\\", "لغة", "e\u0301" * 300, "²³", "ﬁ", "𝔸𝔹",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_text_gets_an_answer(filled: Database, query: str) -> None:
    with filled.read() as session:
        catalog.search(session, query)
        catalog.suggest(session, query)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=120) | st.lists(st.sampled_from(HOSTILE), max_size=4).map(" ".join))
@example("author:_")
@example("author:… scaling")
def test_any_text_gets_an_answer(filled: Database, query: str) -> None:
    with filled.read() as session:
        catalog.search(session, query)
        catalog.suggest(session, query)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=80), st.text(max_size=200))
def test_any_text_can_be_indexed(filled: Database, title: str, body: str) -> None:
    clean = body.replace("\0", " ")  # PostgreSQL stores no NUL
    with filled.write() as session:
        entry = session.exec(select(Entry)).first()
        entry.title, entry.why, entry.authors = title.replace("\0", " "), clean, [clean[:40]]
        catalog.index_issue(session, entry.issue_id)
