"""Asks the links of an issue whether they answer; never within a private network, but for our own pages."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver

from mailer.preflight import Finding
from mailer.preflight.links import fault_of, is_this_machine, same_site, shown
from paperround.dns_text import knows_the_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

AT_ONCE: Final = 8
AT_ONCE_PER_HOST: Final = 2
PATIENCE_S: Final = 10.0
HASTE_S: Final = 3.0  # for what is asked unasked, before every schedule
_MOST_HOPS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})
_NOT_FOR_ROBOTS: Final = frozenset({401, 402, 403, 405, 406, 429, 451, 999})
_ERRORS: Final = 400
_DOWN: Final = 500
_WRONG: Final = "Correct the address where the issue says it."
_OURS: Final = "Correct PAPERROUND_BASE_URL, and see that the web pages run."
_LOOK: Final = "Open it in a browser; some pages answer people only."
_NETWORK: Final = "Check again where there is a network."
_SERVE: Final = "Start `paperround serve`, or correct PAPERROUND_BASE_URL."
_NO_WAY: Final = frozenset({errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTUNREACH})


@dataclass(frozen=True, slots=True)
class Question:
    """An address to ask.

    Attributes:
        url: The address.
        place: Where it stands first.
        waits: Whether it is one of our pages that appears only when the issue is published.
        leaves: Whether it is the address to unsubscribe.
    """

    url: str
    place: str
    waits: bool = False
    leaves: bool = False


class _PrivateError(OSError):
    """The name leads into a private network."""


class _PublicResolver(AbstractResolver):
    """Resolves names, and refuses those that lead into a private network, but for that of our pages."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[Any]:
        """Resolve a name.

        Raises:
            OSError: It leads nowhere, or into a private network.
        """
        found = await self._resolver.resolve(host, port, family)
        is_ours = same_site(f"//{host}:{port}", self._base_url)
        if not is_ours and not all(_is_public(it["host"]) for it in found):
            raise _PrivateError(0, "leads into a private network")
        return list(found)

    async def close(self) -> None:
        """Free what it holds."""
        await self._resolver.close()


async def check_answers(
    questions: Iterable[Question],
    base_url: str,
    *,
    patience_s: float = PATIENCE_S,
    knows: Callable[[str], bool] = knows_the_world,
) -> list[Finding]:
    """Ask each address once, HEAD first and GET where that is not liked; nothing is ever posted.

    Args:
        questions: The addresses.
        base_url: Where our own pages are; they may be in a private network.
        patience_s: Seconds to wait for each answer.
        knows: Tells whether this machine's DNS knows a name's top-level domain; asked where a host is not found.
    """
    once: dict[str, Question] = {}
    for question in questions:
        once.setdefault(urldefrag(question.url).url, question)
    async with _session(base_url, patience_s) as session:
        asker = _Asker(session, base_url, knows)
        judged = await asyncio.gather(*(asker.judge(url, it) for url, it in once.items()))
    found = [finding for finding in judged if finding is not None]
    if all(it.leaves for it in once.values()) or any(
        finding.level in {"warn", "fail"} for finding in found
    ):
        return found
    good = len(once) - sum(finding.level == "skip" for finding in found)
    return [*found, Finding("pass", "answers", f"{good} addresses answer as they should.")]


class _Asker:
    """Asks addresses over one session."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, knows: Callable[[str], bool]
    ) -> None:
        self._session, self._base_url, self._knows = session, base_url, knows
        self._known: dict[str, bool] = {}  # by top-level domain
        self._asks_dns = asyncio.Lock()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._hosts: dict[str, asyncio.Semaphore] = {}

    async def judge(self, url: str, question: Question) -> Finding | None:
        """Ask one address; None where it answers as it should."""
        host = urlsplit(url).hostname or ""
        mine = self._hosts.setdefault(host, asyncio.Semaphore(AT_ONCE_PER_HOST))
        try:
            async with mine, self._turns:
                status = await self._status(url, ("GET",) if question.leaves else ("HEAD", "GET"))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return await self._of_silence(error, question)
        return self._of_status(status, question)

    async def _of_silence(self, error: Exception, question: Question) -> Finding:
        host = urlsplit(question.url).hostname or ""
        cause = getattr(error, "os_error", error)
        level, what = "fail", f"did not answer ({type(error).__name__})"
        remedy = _OURS if same_site(question.url, self._base_url) else _WRONG
        if isinstance(cause, _PrivateError):
            what = "leads into a private network, where readers cannot follow"
        elif isinstance(error, aiohttp.TooManyRedirects):
            level, what, remedy = "warn", "redirects again and again", _LOOK
        elif isinstance(error, TimeoutError):
            level, what, remedy = "warn", "did not answer in time", _LOOK
        elif isinstance(error, aiohttp.ClientConnectorDNSError):
            what = "leads to a host that is not found"
            if not await self._knows_top(host):
                level, remedy = "warn", _NETWORK
                what += ", though DNS may not be complete here"
        elif getattr(cause, "errno", None) in _NO_WAY:
            level, what, remedy = "warn", "cannot be reached from this machine", _NETWORK
        elif isinstance(cause, ConnectionRefusedError) and is_this_machine(host):
            level, what, remedy = "warn", "is of this machine, where nothing answers now", _SERVE
        return _found(
            level, "unsubscribe" if question.leaves else "answers", question, what, remedy
        )

    async def _knows_top(self, host: str) -> bool:
        top = host.rpartition(".")[2]
        async with self._asks_dns:
            if top not in self._known:
                self._known[top] = await asyncio.to_thread(self._knows, top)
        return self._known[top]

    def _of_status(self, status: int, question: Question) -> Finding | None:
        if question.leaves:
            return _of_leaving(status, question)
        if status < _ERRORS:
            return None
        what = f"answers with {status}"
        if question.waits and status in _GONE:
            what += "; the page appears when the issue goes out"
            return _found("skip", "answers", question, what, "")
        if status in _NOT_FOR_ROBOTS or status >= _DOWN:
            return _found("warn", "answers", question, what, _LOOK)
        return _found("fail", "answers", question, what, _WRONG)

    async def _status(self, url: str, methods: Sequence[str]) -> int:
        status = 0
        for method in methods:
            status = await self._follow(method, url)
            if status < _ERRORS:
                break
        return status

    async def _follow(self, method: str, url: str) -> int:
        for _ in range(_MOST_HOPS):
            if _leads_inside(url, self._base_url):
                raise _PrivateError(0, "leads into a private network")
            async with self._session.request(method, url, allow_redirects=False) as answer:
                if answer.status not in _REDIRECTS or "Location" not in answer.headers:
                    return answer.status
                url = urljoin(url, answer.headers["Location"])
        raise aiohttp.TooManyRedirects(answer.request_info, answer.history)


def _session(base_url: str, patience_s: float) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=_PublicResolver(base_url), limit=AT_ONCE),
        timeout=aiohttp.ClientTimeout(total=patience_s),
        headers={"User-Agent": f"Paperround/{version('paperround')} (checks links before a send)"},
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )


def _leads_inside(url: str, base_url: str) -> bool:
    """Tell whether an address names a private place, and is not one of our own pages."""
    return not same_site(url, base_url) and bool(fault_of(url, base_url))


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return False


def _of_leaving(status: int, question: Question) -> Finding | None:
    if status < _ERRORS:
        return Finding(
            "pass", "unsubscribe", "The page to unsubscribe answers; looking at it changes nothing."
        )
    if status in _GONE:
        what = "is not known to the web pages: they sign links with another key, or are not ours"
        remedy = "Give both the same PAPERROUND_SECRET_KEY and the right PAPERROUND_BASE_URL."
        return _found("fail", "unsubscribe", question, what, remedy)
    return _found(
        "fail", "unsubscribe", question, f"answers with {status}", "See the log of the web pages."
    )


def _found(level: Any, name: str, question: Question, what: str, remedy: str) -> Finding:  # noqa: ANN401
    who = "The link to unsubscribe" if question.leaves else repr(shown(question.url))
    return Finding(level, name, f"{who} {what}.", remedy, question.place)
