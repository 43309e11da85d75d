"""Says how sure an answer is; never sure and wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.catalog.answer import Confidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.catalog.answer import Hit
    from storage.catalog.editions import Candidate

ENOUGH = 30.0  # from which a text is worth choosing among


def judge(found: Sequence[tuple[Hit, Candidate]]) -> Confidence:
    """Judge the hits of an answer, best first."""
    sure = {hit.paper_id or -hit.entry_id for hit, candidate in found if candidate.sure}
    if len(sure) == 1 and found[0][1].sure:
        return Confidence.SURE
    said = max(candidate.score - candidate.by_meaning for _, candidate in found)
    return Confidence.CHOICES if said >= ENOUGH else Confidence.NONE
