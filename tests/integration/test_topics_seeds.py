"""What the rules propose for the real editions is what a reader of the papers would say."""

import pytest
from sqlmodel import select

from storage.tables import Entry, EntryPaper, EntryTopic, Paper

# By arXiv id: the topics that fit, the one that must be there first.
FITTING = {
    "2202.06991": "retrieval language-models",
    "2202.09318": "efficiency",
    "2202.09729": "audio efficiency",
    "2202.09061": "multimodal training",
    "2202.08906": "efficiency training language-models",
    "2202.08587": "training",
    "2202.10890": "multimodal vision audio",
    "2202.05263": "vision",
    "2202.05924": "scaling systems",
    "2110.05789": "retrieval efficiency",
    "2203.03466": "training scaling",
    "2203.12119": "vision training",
    "2203.12533": "systems",
    "2204.02311": "scaling language-models systems",
    "2203.14465": "reasoning language-models",
    "2204.01691": "robotics language-models",
    "2203.09043": "generation vision",
    "2203.06850": "language-models efficiency",
    "2203.03570": "data vision",
    "2203.15556": "scaling language-models training",
    "2203.13131": "generation",
    "2206.14486": "scaling data",
    "2206.15477": "reinforcement-learning",
    "2207.07087": "retrieval training language-models",
    "2207.00032": "systems efficiency scaling",
    "2207.05221": "language-models alignment",
    "2207.07078": "vision",
    "2207.10551": "scaling training language-models",
    "2207.11240": "training",
    "2207.10342": "language-models reasoning agents",
    "2206.15049": "reasoning",
}
WRONG = 2  # so many proposals may be wrong, and so many papers lack what must be there


@pytest.fixture
def proposed(seeded) -> dict[str, set[str]]:
    """Give the topics of each paper, by arXiv id."""
    found: dict[str, set[str]] = {}
    with seeded.read() as session:
        for paper in session.exec(select(Paper).join(EntryPaper).join(Entry).distinct()):
            topics = (
                select(EntryTopic.topic)
                .join(EntryPaper, EntryPaper.entry_id == EntryTopic.entry_id)
                .where(EntryPaper.paper_id == paper.id)
            )
            found[paper.arxiv] = set(session.exec(topics))
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_topics_of_the_real_editions_fit(proposed) -> None:
    assert proposed.keys() == FITTING.keys()
    fitting = {arxiv: words.split() for arxiv, words in FITTING.items()}
    # Two papers of one entry share what is said of both.
    fitting["2203.12533"] += fitting["2204.02311"]
    wrong = {(a, t) for a, topics in proposed.items() for t in topics if t not in fitting[a]}
    lacking = {a for a, topics in proposed.items() if fitting[a][0] not in topics}
    assert len(wrong) <= WRONG, wrong
    assert len(lacking) <= WRONG, lacking
