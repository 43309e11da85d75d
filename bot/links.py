"""Addresses that cards and posts point to: our web pages, and where a paper itself lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.ports import PaperView

MAX_URL = 512  # characters, Discord's limit for a link button


@dataclass(frozen=True, slots=True)
class WebPages:
    """The public web pages, by their address without a slash at its end."""

    base_url: str

    def home(self) -> str:
        """Point to the list of issues."""
        return f"{self.base_url}/"

    def issue(self, slug: str, language: str) -> str:
        """Point to an issue."""
        return f"{self.base_url}/issues/{quote(slug)}?lang={quote(language)}"

    def entry(self, slug: str, language: str, number: int) -> str:
        """Point to one entry of an issue."""
        return f"{self.issue(slug, language)}#entry-{number}"

    def search(self, query: str, narrowed: Iterable[tuple[str, str]] = ()) -> str:
        """Point to the answers of the web search, narrowed down by names and values such as `year`, `2022`."""
        address = f"{self.base_url}/search?{urlencode([('q', query), *narrowed])}"
        return address if len(address) <= MAX_URL else f"{self.base_url}/search"

    def paper(self, paper_id: int) -> str:
        """Point to all that was written about a paper."""
        return f"{self.base_url}/papers/{paper_id}"

    def topics(self) -> str:
        """Point to the list of topics."""
        return f"{self.base_url}/topics"

    def topic(self, slug: str) -> str:
        """Point to what was written about a topic."""
        return f"{self.base_url}/topics/{quote(slug)}"


def paper_links(paper: PaperView) -> list[tuple[str, str]]:
    """List where a paper can be read, as label and address."""
    if arxiv := paper["arxiv"]:
        return [
            ("arXiv", f"https://arxiv.org/abs/{arxiv}"),
            ("PDF", f"https://arxiv.org/pdf/{arxiv}"),
            ("ar5iv", f"https://ar5iv.labs.arxiv.org/html/{arxiv}"),
        ]
    if doi := paper["doi"]:
        return [("DOI", f"https://doi.org/{quote(doi, safe='/')}")]
    return []
