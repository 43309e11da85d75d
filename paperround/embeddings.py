"""Turns texts into vectors: by an endpoint that speaks as OpenAI's does, or by a model in this process.

No error tells the key or a text.
"""

from __future__ import annotations

import asyncio
import json
import math
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from paperround.errors import EmbeddingsError, NotReadyError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Sequence

    from paperround.settings import Settings

LOCAL: Final = "local"
ENTRIES_TIMEOUT_S: Final = 120.0  # for a batch of entries
QUESTION_TIMEOUT_S: Final = 1.0  # for one question
MAX_ANSWER: Final = 128 * 1024 * 1024  # bytes; a batch of 2,048 long vectors
MAX_DIMENSIONS: Final = 16_384
REFUSED: Final = 400  # and above
WRONG_KEY: Final = (401, 403)


class Endpoint:
    """An embeddings endpoint: `POST {url}/embeddings`.

    Args:
        url: Its address, such as `http://localhost:11434/v1`.
        model: The name of the model there.
        key: Sent as a bearer token, where there is one.
    """

    def __init__(self, url: str, model: str, key: str | None = None) -> None:
        self.url, self.model, self._key = url.rstrip("/"), model, key

    def load(self) -> None:
        """Do nothing: its model is loaded elsewhere."""

    def embed(self, texts: Sequence[str], timeout_s: float | None = None) -> list[list[float]]:
        """Give a vector for each text; not to be called where an event loop runs.

        Args:
            texts: What to embed.
            timeout_s: How long that may take; None gives it the time of a batch of entries.

        Raises:
            EmbeddingsError: There was no usable answer in time.
        """
        timeout_s = ENTRIES_TIMEOUT_S if timeout_s is None else timeout_s
        try:
            answer = _run(self._post(texts, timeout_s))
            return _vectors(json.loads(answer), len(texts))
        except TimeoutError as error:
            raise self._failed(f"did not answer within {timeout_s:g} s") from error
        except aiohttp.ClientError as error:
            raise self._failed(f"cannot be asked ({type(error).__name__})") from error
        except (ValueError, OverflowError, RecursionError):
            # The cause would hold what was answered, or the key that is no header.
            raise self._failed(
                "gave what is no answer: `data` must hold one `embedding` of numbers for each text, all "
                "of one length"
            ) from None

    async def _post(self, texts: Sequence[str], timeout_s: float) -> bytes:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.post(
                f"{self.url}/embeddings",
                json={"model": self.model, "input": list(texts)},
                allow_redirects=False,  # the key is for this address alone
            ) as response,
        ):
            if response.status != 200:  # noqa: PLR2004 - OK
                raise self._failed(_refusal(response.status))
            return await _read(response)

    def _failed(self, how: str) -> EmbeddingsError:
        return EmbeddingsError(f"The embeddings endpoint {self.url} {how}.")


class LocalModel:
    """A sentence-transformers model in this process; `load` loads it, or the first use that may take its time.

    Args:
        model: Its name, or the folder it lies in.

    Raises:
        SettingsError: sentence-transformers is not installed.
    """

    def __init__(self, model: str) -> None:
        if find_spec("sentence_transformers") is None:
            raise SettingsError(
                "PAPERROUND_EMBEDDINGS_URL is `local`, but sentence-transformers is not installed. Run "
                "`pip install sentence-transformers`, or name an endpoint."
            )
        self.model = model
        self._lock = Lock()
        self._loaded: Any = None

    def load(self) -> None:
        """Load the model, which takes seconds, unless it is.

        Raises:
            EmbeddingsError: It cannot be loaded.
        """
        with self._lock, self._failing():
            self._load()

    def embed(self, texts: Sequence[str], timeout_s: float | None = None) -> list[list[float]]:
        """Give a vector for each text.

        Args:
            texts: What to embed.
            timeout_s: Wait at most so long for another use of the model to end, and neither load it nor wait until
                it is; None waits as long as it takes, and loads it.

        Raises:
            NotReadyError: The model is not loaded yet, or stays busy.
            EmbeddingsError: It cannot be loaded or used.
        """
        if timeout_s is not None and self._loaded is None:  # before the lock, which a load holds
            raise NotReadyError(f"The model {self.model} is not loaded yet.")
        if not self._lock.acquire(timeout=-1 if timeout_s is None else timeout_s):
            raise NotReadyError(f"The model {self.model} is busy.")
        try:
            with self._failing():
                given = self._load().encode(list(texts), show_progress_bar=False)
                return _checked(given.tolist(), len(texts))
        finally:
            self._lock.release()

    def _load(self) -> Any:  # noqa: ANN401 - an optional library
        if self._loaded is None:
            # Heavy, optional.
            import torch  # noqa: PLC0415
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415
            from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

            disable_progress_bar()  # it would stand between the lines of a log
            torch.set_num_threads(1)  # several wait for one another in busy loops
            self._loaded = SentenceTransformer(self.model)
        return self._loaded

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise EmbeddingsError(
                f"The model {self.model} cannot be loaded or used ({type(error).__name__}). "
                "PAPERROUND_EMBEDDINGS_MODEL names a sentence-transformers model or its folder."
            ) from error


def embedder_of(settings: Settings) -> Endpoint | LocalModel | None:
    """Make what embeds, by the settings; None where embeddings are off.

    Raises:
        SettingsError: What is needed for it is not installed.
    """
    url, model, key = settings.embeddings_url, settings.embeddings_model, settings.embeddings_key
    if url is None or model is None:
        return None
    if url == LOCAL:
        return LocalModel(model)
    return Endpoint(url, model, key.get_secret_value() if key else None)


def _run(work: Coroutine[Any, Any, bytes]) -> bytes:
    """Run as `asyncio.run` does, but wait for no thread: one that looks up a name may hang beyond the time."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(_cancel_the_rest())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _cancel_the_rest() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _refusal(status: int) -> str:
    said = f"answered with status {status}"
    if status in WRONG_KEY:
        return f"{said}; check PAPERROUND_EMBEDDINGS_KEY"
    if status < REFUSED:
        return f"{said}; it must answer itself, without a redirection"
    return f"{said}; check PAPERROUND_EMBEDDINGS_URL and PAPERROUND_EMBEDDINGS_MODEL"


async def _read(response: aiohttp.ClientResponse) -> bytes:
    parts, size = [], 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER:
            raise ValueError("too long")
    return b"".join(parts)


def _vectors(answer: object, count: int) -> list[list[float]]:
    """Read the vectors of an answer, in the order of the texts.

    Raises:
        ValueError: It is none.
    """
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("no rows")
    by_index = {
        place if (index := row.get("index")) is None else index: row.get("embedding")
        for place, row in enumerate(rows)
        if row.get("index") is None or type(row["index"]) is int
    }
    if len(rows) != count or set(by_index) != set(range(count)):
        raise ValueError("not one for each text")
    return _checked([by_index[place] for place in range(count)], count)


def _checked(vectors: list[Any], count: int) -> list[list[float]]:
    lengths = {len(v) if isinstance(v, list) else 0 for v in vectors}
    if len(vectors) != count or len(lengths) != 1 or not 0 < max(lengths) <= MAX_DIMENSIONS:
        raise ValueError("lengths")
    for vector in vectors:
        for number in vector:
            if type(number) not in (int, float) or not math.isfinite(number):
                raise ValueError("not a number")
        if not 0 < math.hypot(*vector) < math.inf:
            raise ValueError("no direction")
    return vectors
