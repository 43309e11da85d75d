"""How often one network, one mail domain and everybody together may send forms and ask for suggestions."""

from __future__ import annotations

import ipaddress
import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WINDOW_SECONDS: Final = 3600.0
PER_NETWORK: Final = 10  # forms in the window
PER_DOMAIN: Final = 300  # forms for addresses of one domain
ALTOGETHER: Final = 1000
MAX_KEYS: Final = 10_000  # remembered at once
SUGGESTIONS: Final = 300  # a minute for one network; a quick typist asks for five a second
SUGGESTIONS_ALTOGETHER: Final = 6000  # a minute
_MINUTE: Final = 60.0  # seconds

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Throttle:
    """Counts forms and suggestions in memory and forgets them after an hour and a minute.

    Args:
        tell: A clock that never goes back, in seconds.
    """

    def __init__(self, tell: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._times: dict[str, deque[float]] = {}
        self._minute = -1
        self._asked: Counter[str] = Counter()  # suggestions of this minute, by network

    def allows(self, network: str, domain: str) -> bool:
        """Count one form; tell whether it is within the limits. A refused one counts for nobody else."""
        return (
            self._count(f"network {network}", PER_NETWORK)
            and self._count(f"domain {domain}", PER_DOMAIN)
            and self._count("everybody", ALTOGETHER)
        )

    def may_ask(self, network: str) -> bool:
        """Count one question for suggestions; tell whether it is within the limits of this minute."""
        minute = int(self._tell() // _MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._asked.clear()
        if self._asked[network] >= SUGGESTIONS or self._asked.total() >= SUGGESTIONS_ALTOGETHER:
            return False
        self._asked[network] += 1
        return True

    def _count(self, key: str, most: int) -> bool:
        now = self._tell()
        if key not in self._times and len(self._times) >= MAX_KEYS:
            self._forget(now)
        times = self._times.setdefault(key, deque(maxlen=most))
        while times and now - times[0] >= WINDOW_SECONDS:
            times.popleft()
        if len(times) >= most:
            return False
        times.append(now)
        return True

    def _forget(self, now: float) -> None:
        fresh = {k: t for k, t in self._times.items() if t and now - t[-1] < WINDOW_SECONDS}
        # So many networks within an hour are an attack; the oldest half makes room.
        kept = sorted(fresh.items(), key=lambda item: item[1][-1])[-MAX_KEYS // 2 :]
        self._times = dict(kept)


THROTTLE: Final = web.AppKey("throttle", Throttle)


def reader_network(request: web.Request, proxies: Iterable[str]) -> str:
    """Name the network that a request comes from: IPv4 /24, IPv6 /56.

    Args:
        request: The request.
        proxies: Networks of web servers in front of us, whose `X-Forwarded-For` is believed.
    """
    trusted = [ipaddress.ip_network(it) for it in proxies]
    passed = request.headers.get("X-Forwarded-For", "").split(",")
    address = _address(request.remote or "127.0.0.1")
    for claimed in reversed(passed):
        if not _is_trusted(address, trusted) or not claimed.strip():
            break
        address = _address(claimed.strip())
    if address is None:
        return "unknown"
    bits = 24 if address.version == 4 else 56  # noqa: PLR2004 - the version's own name
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_trusted(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address | None, trusted: Iterable[Network]
) -> bool:
    return address is not None and any(address in network for network in trusted)
