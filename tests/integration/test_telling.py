"""Two papers are related by telling words: not by those of every day, and not by halves of hyphenated words."""

import pytest

from storage import catalog
from storage.catalog import ReasonKind
from storage.database import Database
from tests.support.shelf import Shelf

FILLER = [
    "The bread and the butter rise slowly.",
    "The trains leave early from the north.",
    "The rivers freeze over in winter.",
]


def words_between(database: Database, one: str, two: str) -> tuple[str, ...] | None:
    """Give the words by which two texts are related; None where they are not."""
    with database.write() as session:
        shelf = Shelf(session)
        first = shelf.put("Alpha Heron", why=one)
        shelf.put("Beta Otter", why=two)
        for number in range(30):
            shelf.put(f"Filler {number}", why=FILLER[number % len(FILLER)])
        shelf.index()
    with database.read() as session:
        found = catalog.related(session, entry_id=first)
    near = [one for one in found if one.hit.title == "Beta Otter"]
    if not near:
        return None
    return next((r.values for r in near[0].reasons if r.kind is ReasonKind.TEXT), ())


def test_rare_words_explain_and_everyday_words_are_left_out(database) -> None:
    words = words_between(
        database,
        "Gripper, wrist, torque: a gripper in the real world. Wrist torque and representations.",
        "Torque of a wrist, torque of a gripper; the real world, wrist, gripper, representations.",
    )
    assert words is not None
    assert set(words) == {"gripper", "torque", "wrist"}


def test_everyday_words_alone_relate_nothing(database) -> None:
    one = "The real world asks for representations. Real representations of the world."
    assert words_between(database, one, f"Again: {one}") is None


@pytest.mark.parametrize(
    ("other", "shown"),
    [("The zero-shot wrist, zero-shot torque: wrist, gripper, torque, gripper.",
      {"gripper", "torque", "wrist", "zero-shot"}),
     ("The shot of the wrist, the shot of torque: zero wrist, gripper, torque, zero gripper.",
      {"gripper", "torque", "wrist"})],
)  # fmt: skip
def test_a_hyphenated_word_is_one_word(database, other, shown) -> None:
    words = words_between(
        database, "The zero-shot gripper, zero-shot wrist: torque, wrist, gripper, torque.", other
    )
    assert words is not None
    assert set(words) == shown
