"""What became of one post, in the shape that `publisher.ports.Outcome` asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.ports import Verdict


@dataclass(frozen=True, slots=True)
class PostOutcome:
    """What Discord answered to one post.

    Attributes:
        verdict: The class of the answer.
        code: `discord 200`, or Discord's error code such as `discord 50013`.
        text: The answer in words, free of addresses and tokens.
        remote_id: Discord's message id.
        retry_after: Seconds to wait that Discord asked for.
    """

    verdict: Verdict
    code: str
    text: str
    remote_id: str | None = None
    retry_after: float | None = None
