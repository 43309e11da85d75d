"""How well a document answers a question, by where the question's words stand in it."""

from hypothesis import given
from hypothesis import strategies as st

from storage.catalog.concepts import Concept
from storage.catalog.document import Document
from storage.catalog.score import Fit, asking, fit, searched, walked

WORDS = st.text("ab|", min_size=1, max_size=2)


def concept(*ways: str, others: tuple[str, ...] = ()) -> Concept:
    known = {(way,): 1.0 for way in (*ways, *others)}
    return Concept((*ways, *others)[0], ways=known, weight=1.0, others={(way,) for way in others})


def answer(document: Document, *concepts: Concept) -> Fit:
    return fit(document, asking(concepts))


PAPER = Document.of(
    "paper",
    names=[["amber"]],
    authors=[["ann", "alder"]],
    body=["birch", "cedar"],
    cited=[["damson"]],
)


def test_a_document_is_complete_when_it_holds_every_part_of_the_question() -> None:
    assert answer(PAPER, concept("birch"), concept("cedar")).complete
    part = answer(PAPER, concept("birch"), concept("oak"))
    assert (part.complete, part.coverage) == (False, 0.5)
    nothing = answer(PAPER, concept("oak"))
    assert (nothing.complete, nothing.coverage, nothing.score) == (False, 0, 0)


def test_more_of_the_question_in_better_places_is_worth_more() -> None:
    scores = [
        answer(PAPER, *(concept(word) for word in words)).score
        for words in (["amber", "birch"], ["birch", "cedar"], ["birch", "damson"], ["birch", "oak"])
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_words_side_by_side_in_question_and_document_are_worth_more() -> None:
    apart = Document.of("paper", names=[["amber"]], body=["birch", "x", "y", "z", "cedar"])
    asked = concept("birch"), concept("cedar")
    assert answer(PAPER, *asked).score > answer(apart, *asked).score


def test_what_stands_mostly_among_authors_or_works_cited_is_said_to() -> None:
    assert answer(PAPER, concept("alder")).author
    assert answer(PAPER, concept("damson")).cited
    assert not answer(PAPER, concept("damson"), concept("birch")).cited
    nothing = answer(PAPER, concept("oak"))
    assert not nothing.author
    assert not nothing.cited


def test_a_question_is_met_in_its_own_words_or_in_others() -> None:
    assert answer(PAPER, concept("birch")).literal
    assert answer(PAPER, concept("birke", others=("oak",)), concept("cedar")).literal  # in neither
    assert not answer(PAPER, concept("birke", others=("birch",)), concept("cedar")).literal


def test_of_several_papers_the_one_whose_name_is_asked_for_is_meant() -> None:
    two = Document.of("paper", names=[["amber"], ["oak"]], body=["birch"])
    assert [answer(two, concept(word)).nth for word in ("amber", "oak", "birch")] == [0, 1, 0]
    behind_one_without_a_word = Document.of("paper", names=[[], ["oak"]], body=["birch"])
    assert answer(behind_one_without_a_word, concept("oak")).nth == 1


@given(st.lists(WORDS, max_size=12), st.sets(WORDS, max_size=4))
def test_few_words_and_many_are_found_in_the_same_places(line, wanted) -> None:
    places = {word: [n for n, one in enumerate(line) if one == word] for word in wanted}
    expected = {word: found for word, found in places.items() if found}
    assert searched(" ".join(line), wanted) == expected
    assert walked(" ".join(line), wanted) == expected


def test_a_long_question_finds_what_a_short_one_does() -> None:
    more = [concept(f"unknown{n}") for n in range(20)]
    short, long = answer(PAPER, concept("birch")), answer(PAPER, concept("birch"), *more)
    assert short.coverage == 1
    assert 0 < long.coverage < short.coverage
