"""Finding by meaning adds to what words do not surely answer, on every database, and stays out of the way."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlmodel import select

from bot import answers, archive
from bot.asking import Asking
from mailer.tokens import Tokens
from paperround.embeddings import Endpoint
from paperround.errors import EmbeddingsError
from paperround.searching import REST_S, MeaningSearch
from publisher.meaning import embed_entries
from storage import catalog
from storage.catalog import Confidence, Filters, vectors
from storage.catalog.evaluation import Asked, evaluate
from storage.catalog.meaning import MeaningIndex, Near
from storage.catalog.vectors import DimensionsError, Embedded
from storage.tables import Entry
from web.app import create_app
from web.site import Site

if TYPE_CHECKING:
    from storage.database import Database

pytest.importorskip("numpy", reason="numpy SKIPPED: pip install 'paperround[semantic]'")

MODEL, KEY = "counts-words", "sk-never-to-be-seen"
BROKEN = [
    "500", "401", "redirect", "garbage", "empty", "uneven", "words", "nan", "huge", "deep", "nothing",
    "same-index",
]  # fmt: skip


@pytest.fixture
def client(endpoint) -> Endpoint:
    return Endpoint(endpoint.url, MODEL, KEY)


@pytest.fixture
def asking(filled: Database, client: Endpoint, endpoint):
    """Embed every entry, and give what asks; its clock stands still until it is moved."""
    embed_entries(filled, client)
    endpoint.requests.clear()
    clock = SimpleNamespace(now=0.0)
    search = MeaningSearch(client, MeaningIndex(MODEL), timeout_s=1.0, clock=lambda: clock.now)

    def ask(query: str, **options):
        with filled.read() as session:
            return search(session, query, **options)

    return SimpleNamespace(ask=ask, search=search, clock=clock, store=filled)


def plainly(database: Database, query: str):
    with database.read() as session:
        return catalog.search(session, query)


def test_other_words_of_the_same_meaning_find_a_paper(asking) -> None:
    assert "Steering Lenses" not in [h.title for h in plainly(asking.store, "automobile").hits[:1]]
    answer = asking.ask("automobile")
    assert answer.hits[0].title == "Steering Lenses"
    assert answer.hits[0].matched == "near in meaning"


def test_meaning_alone_claims_nothing(asking) -> None:
    assert plainly(asking.store, "automobile").confidence is Confidence.NONE
    assert asking.ask("automobile").confidence is Confidence.NONE


@pytest.mark.parametrize("query", ["lensa", "Scanny", "sorting letters", "2201.00005", "lensaa"])
def test_what_is_sure_stays_as_it_is_and_is_never_embedded(asking, endpoint, query) -> None:
    plain = plainly(asking.store, query)
    assert asking.ask(query) == plain
    if plain.confidence is Confidence.SURE:
        assert endpoint.requests == []


def test_no_nearness_makes_an_answer_surer_or_takes_a_sure_one_away(filled: Database) -> None:
    with filled.read() as session:
        ids = [e for e in session.exec(select(Entry.id)) if e]
        for query in ("lensa", "scans", "automobile", "zzzz", "2201.00002", "car in fog"):
            plain = catalog.search(session, query)
            for entry_id in ids:
                near = [Near(entry_id, 1.0)]
                answer = catalog.search(session, query, near=near)
                assert answer.confidence is plain.confidence, (query, entry_id)
                if plain.confidence is Confidence.SURE:
                    assert answer == plain


def test_meaning_changes_the_order_of_choices(asking) -> None:
    plain = plainly(asking.store, "in")
    answer = asking.ask("in gloomy rooms")
    assert answer.hits[0].title == "Rooms Without Lamps"
    assert plain.confidence is not Confidence.SURE


def test_filters_and_drafts_hold_for_what_is_near(asking) -> None:
    assert all(h.issue == "2022-01" for h in asking.ask("automobile").hits)
    assert "Wheels for All" in [h.title for h in asking.ask("automobile", drafts=True).hits]
    only = Filters(issues=("2022-02",))
    found = asking.ask("automobile", drafts=True, filters=only).hits
    assert [h.title for h in found] == ["Wheels for All"]


def test_filters_alone_and_nothing_at_all_are_not_embedded(asking, endpoint) -> None:
    for query in ("", "   ", "issue:2022-01"):
        asking.ask(query)
    assert endpoint.requests == []


def test_only_the_question_is_embedded_and_only_once(asking, endpoint) -> None:
    for _ in range(3):
        asking.ask("issue:2022-01 automobile")
    assert endpoint.texts == ["automobile"]
    assert endpoint.requests[0]["model"] == MODEL
    assert endpoint.keys[-1] == f"Bearer {KEY}"


def test_without_a_vector_nothing_is_asked_and_it_is_said_once(
    filled: Database, client, endpoint, logged
) -> None:
    search = MeaningSearch(client, MeaningIndex(MODEL), timeout_s=1.0)
    with filled.read() as session:
        for _ in range(2):
            assert search(session, "automobile") == catalog.search(session, "automobile")
    assert endpoint.requests == []
    assert logged.getvalue().count("nothing_embedded") == 1


@pytest.mark.parametrize("mode", BROKEN)
def test_a_broken_endpoint_leaves_the_plain_answer(asking, endpoint, mode, logged) -> None:
    endpoint.mode = mode
    assert asking.ask("automobile") == plainly(asking.store, "automobile")
    said = logged.getvalue()
    assert said.count("embeddings_failed") == 1
    for secret in (KEY, "automobile"):
        assert secret not in said


def test_a_slow_endpoint_leaves_the_plain_answer(filled: Database, client, endpoint) -> None:
    embed_entries(filled, client)
    endpoint.mode = "slow"
    search = MeaningSearch(client, MeaningIndex(MODEL), timeout_s=0.05)
    with filled.read() as session:
        assert search(session, "automobile") == catalog.search(session, "automobile")


def test_an_unreachable_endpoint_leaves_the_plain_answer(asking, filled: Database) -> None:
    nowhere = Endpoint("http://127.0.0.1:9/v1", MODEL, KEY)
    search = MeaningSearch(nowhere, MeaningIndex(MODEL), timeout_s=1.0)
    with filled.read() as session:
        assert search(session, "automobile") == catalog.search(session, "automobile")


def test_an_endpoint_has_nothing_to_load(client, endpoint) -> None:
    client.load()
    assert endpoint.requests == []


def test_wrong_dimensions_leave_the_plain_answer(asking, endpoint) -> None:
    endpoint.dimensions = 7
    assert asking.ask("automobile") == plainly(asking.store, "automobile")


def test_after_a_failure_it_rests_and_then_asks_again(asking, endpoint) -> None:
    endpoint.mode = "500"
    for query in ("automobile", "vehicle", "gloomy"):
        asking.ask(query)
    assert len(endpoint.requests) == 1
    endpoint.mode = "good"
    asking.clock.now += REST_S
    assert asking.ask("automobile").hits[0].title == "Steering Lenses"


def test_new_changed_and_removed_vectors_count_at_once(filled: Database, client) -> None:
    index = MeaningIndex(MODEL)

    def nearest() -> list[int]:
        with filled.read() as session:
            return [n.entry_id for n in index.nearest(session, [1.0, 0.0])]

    def keep(*rows: tuple[int, list[float]]) -> None:
        with filled.write() as session:
            vectors.keep(session, MODEL, [Embedded(e, "h", v) for e, v in rows])

    assert nearest() == []
    keep((1, [1.0, 0.0]), (2, [0.0, 1.0]))
    assert nearest() == [1, 2]
    keep((3, [0.9, 0.1]))
    assert nearest() == [1, 3, 2]
    keep((1, [-1.0, 0.0]))
    assert nearest() == [3, 2, 1]
    with filled.write() as session:
        session.delete(session.get_one(Entry, 3))
    assert nearest() == [2, 1]
    with filled.write() as session:
        vectors.forget_others(session, "another")
    assert nearest() == []


def test_an_entry_that_is_gone_is_passed_over(filled: Database) -> None:
    with filled.write() as session:
        vectors.keep(session, MODEL, [Embedded(1, "h", [1.0]), Embedded(999, "h", [1.0])])
    with filled.read() as session:
        assert set(vectors.hashes(session, MODEL, [1, 999])) == {1}


def test_only_what_is_new_or_changed_is_embedded(filled: Database, client, endpoint) -> None:
    assert embed_entries(filled, client, batch=2).embedded == 6
    assert [len(r["input"]) for r in endpoint.requests] == [2, 2, 2]
    assert embed_entries(filled, client).embedded == 0
    with filled.write() as session:
        session.get_one(Entry, 2).why = "**Lamps** were [off](https://example.org/x)."
    endpoint.requests.clear()
    assert embed_entries(filled, client).embedded == 1
    assert "**" not in endpoint.texts[0]
    assert endpoint.texts[0].startswith("Rooms Without Lamps\nLamps were off")


def test_what_was_done_before_a_failure_is_kept(filled: Database, client, endpoint) -> None:
    endpoint.fail_after = 2
    with pytest.raises(EmbeddingsError, match="status 500"):
        embed_entries(filled, client, batch=1)
    endpoint.fail_after = None
    assert embed_entries(filled, client).embedded == 4


def test_a_model_whose_vectors_change_their_length_is_refused(
    filled: Database, client, endpoint
) -> None:
    embed_entries(filled, client)
    endpoint.dimensions = 7
    with filled.write() as session:
        session.get_one(Entry, 2).why = "Changed."
    with pytest.raises(DimensionsError, match="embed --anew"):
        embed_entries(filled, client)


@pytest.mark.parametrize("mode", BROKEN)
def test_an_error_names_the_endpoint_and_no_secret(client, endpoint, mode) -> None:
    endpoint.mode = mode
    with pytest.raises(EmbeddingsError, match="embeddings endpoint http://127") as caught:
        client.embed(["a question", "another"])
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in repr(error)
        assert "question" not in repr(error)
        error = error.__cause__


def test_a_key_that_is_no_header_is_not_told(endpoint) -> None:
    with pytest.raises(EmbeddingsError) as caught:
        Endpoint(endpoint.url, MODEL, "sk-two\nlines").embed(["a"])
    assert "sk-two" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_name_or_every_word_stays_ahead_of_what_is_near(filled: Database) -> None:
    with filled.read() as session:
        near = [Near(e, 1.0) for e in session.exec(select(Entry.id)) if e]
        for query in ("Birds by", "sort letters faster", "2201.00004"):
            first = catalog.search(session, query).hits[0]
            assert catalog.search(session, query, near=near).hits[0].title == first.title


def test_many_questions_at_once_never_wait_for_one_another(asking, endpoint) -> None:
    answers = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(asking.ask(f"automobile {n}")))
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 12


async def test_the_web_search_asks_so(asking) -> None:
    site = Site(asking.store, Tokens([b"k" * 32]), "https://example.org", search=asking.search)
    async with TestClient(TestServer(create_app(site))) as visitor:
        page = await (await visitor.get("/search", params={"q": "automobile"})).text()
        chinese = await (
            await visitor.get("/search", params={"q": "automobile", "lang": "zh"})
        ).text()
    assert "Steering Lenses" in page
    assert "what it means" in page
    assert "含义相近" in chinese


def test_the_bot_asks_so(asking) -> None:
    with asking.store.read() as session:
        found = archive.look_up(session, "automobile", "en", asking.search).found
        asked = Asking(words="automobile")
        for language, why in (("en", "what it means"), ("zh", "含义相近")):
            listing = answers.answer(session, asked, 1, language, "", asking.search)
            assert "Steering Lenses" in str(listing.lines[0])
            assert why in str(listing.lines[0])
    assert found[0].entry["title"] == "Steering Lenses"


def test_what_it_adds_can_be_measured(asking) -> None:
    questions = [Asked("automobile", "paraphrase", ("2201.00001",))]
    assert evaluate(asking.store, questions).positive.first == 0
    measured = evaluate(asking.store, questions, search=asking.search, drafts=False)
    assert measured.positive.first == 1
