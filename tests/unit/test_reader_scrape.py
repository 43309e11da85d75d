"""The five real editions are read as they are: everything that is there, nothing that is not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from publisher.readers import cleaning, month, references, scrape
from publisher.readers.edition import Edition, Occasion
from publisher.readers.errors import EditionError

if TYPE_CHECKING:
    from pathlib import Path

APRIL, CHINESE, MARCH, AUGUST, APRIL_SITE = range(5)


@pytest.fixture(scope="module")
def editions(seeds: list[Path]) -> list[Edition]:
    return [scrape.read(seed.read_text("utf-8"), seed.name) for seed in seeds]


def everything(edition: Edition) -> str:
    parts = [edition.intro, *edition.news, *(r.text for r in edition.references)]
    for entry in edition.entries:
        parts += [entry.title or "", entry.why, entry.insights]
    return "\n".join(parts)


@pytest.mark.parametrize(
    ("which", "slug", "language", "entries", "titles", "news", "printed"),
    [
        (APRIL, "2022-04", "en", 10, 1, 4, [1, 3, 4, 5, 6, 7, 8, 9, 10]),
        (CHINESE, "2022-04", "zh", 10, 10, 0, [1, 3, 4, 5, 6, 7, 8, 9, 10]),
        (MARCH, "2022-03", "en", 10, 0, 4, [1, 2, 3, 5, 6, 7, 8]),
        (AUGUST, "2022-08", "en", 10, 10, 0, [1, 2, 3, 4, 6, 7]),
        (APRIL_SITE, "2022-04", "en", 10, 0, 0, [1, 3, 4, 5, 6, 7, 8, 9, 10]),
    ],
)
def test_counts_are_exact(editions, which, slug, language, entries, titles, news, printed):
    edition = editions[which]
    assert (edition.slug, edition.language) == (slug, language)
    assert len(edition.entries) == entries
    assert sum(e.title is not None for e in edition.entries) == titles
    assert len(edition.news) == news
    assert [r.number for r in edition.references] == printed
    assert all(e.why and e.insights and e.authors for e in edition.entries)


def test_the_month_says_how_it_became_known(editions):
    sources = [e.month_source for e in editions]
    assert [e.month for e in editions] == [date(2022, m, 1) for m in (4, 4, 3, 8, 4)]
    assert "April's edition" in sources[APRIL]
    assert "latest reference, of 2022" in sources[APRIL]
    assert "4月份" in sources[CHINESE]
    assert "inferred" in sources[CHINESE]
    assert "March has arrived" in sources[MARCH]
    assert "March 4th, 2022" in sources[MARCH]
    assert "printed" in sources[AUGUST]
    assert "July" not in sources[AUGUST]


def test_titles_stand_where_they_survived(editions):
    assert editions[AUGUST].title == "Trends in AI — August 2022"
    assert editions[APRIL_SITE].title == "Trends in AI — April 2022"
    assert [editions[i].title for i in (APRIL, CHINESE, MARCH)] == [None] * 3
    assert {e.newsletter for e in editions} == {"Trends in AI", None}


def test_the_one_heading_that_survived_follows_a_related_line(editions):
    second, third = editions[APRIL].entries[1:3]
    assert third.number == 3
    assert third.title is not None
    assert third.title.startswith("Pathways: Asynchronous")
    assert [w.title for w in second.related] == [
        "Delta Tuning: A Comprehensive Study of Parameter Efficient Methods for Pre-trained Language Models"
    ]
    assert "Related" not in second.insights
    assert "Pathways" not in second.insights


def test_one_entry_covers_two_papers(editions):
    for which in (APRIL, CHINESE):
        assert [p.title for p in editions[which].entries[2].papers] == [
            "Pathways: Asynchronous Distributed Dataflow for ML",
            "PaLM: Scaling Language Modeling with Pathways",
        ]


def test_chinese_text_without_labels_is_why_first_then_insights(editions):
    entry = editions[CHINESE].entries[8]
    assert entry.why.startswith("尽管BERT³")
    assert "\n" not in entry.why
    assert entry.insights.startswith("本论文的的方向")
    assert entry.insights.endswith("Chinchilla。")
    assert [e.number for e in editions[CHINESE].entries] == list(range(1, 11))


def test_labels_and_spelled_out_characters_are_gone(editions):
    for edition in editions:
        text = everything(edition)
        for trace in ("U+", "Why →", "Key insights →", "❓", "💡", "🔬"):
            assert trace not in text
    assert editions[AUGUST].entries[5].title == (
        "Towards Grand Unification of Object Tracking (Unicorn🦄)"
    )


def test_labels_of_lost_links_are_kept(editions):
    second = editions[AUGUST].entries[1]
    assert second.title == "Denoised MDPs: Learning World Models Better Than the World Itself"
    assert [(link.label, link.url) for link in second.links] == [
        ("Project Page", None),
        ("Code", None),
    ]
    assert [link.label for link in editions[CHINESE].entries[4].links] == ["Project page"]


def test_the_tenth_heading_of_august_has_no_number(editions):
    ninth, tenth = editions[AUGUST].entries[8:]
    assert (ninth.number, tenth.number) == (9, None)
    assert tenth.title is not None
    assert tenth.title.startswith("ZeroC: ")
    assert "ZeroC" not in ninth.insights


def test_a_reference_broken_over_two_paragraphs_is_joined(editions):
    beir = next(r for r in editions[AUGUST].references if r.number == 3)
    assert beir.text.endswith("by Nandan Thakur, Nils Reimers, Andreas Rücklé, Abhishek Srivastava, Iryna Gurevych; 2021.")  # fmt: skip  # noqa: E501


def test_author_lines_keep_diacritics_and_typos_and_get_their_comma_back(editions):
    march = [e.authors for e in editions[MARCH].entries]
    assert march[2][-1] == "Christopher Ré"
    assert march[3] == ("Feilong Che",)
    assert march[5] == ("Atılım Güneş Baydin",)
    assert march[9][-2:] == ("Min Zhang", "Shaoping Ma")
    assert editions[APRIL].entries[3].authors == ("Eric Zelikman", "Yuhuai Wu", "Noah D. Goodman")
    assert [e.et_al for e in editions[APRIL].entries[:4]] == [True, True, True, False]
    assert len(editions[AUGUST].entries[8].authors) == 12


def test_related_works_are_found_in_prose(editions):
    related = {
        (which, place): [(w.title, w.arxiv) for w in entry.related]
        for which, edition in enumerate(editions)
        for place, entry in enumerate(edition.entries, 1)
        if entry.related and (which, place) != (APRIL, 2)
    }
    language = "Integrating Language Guidance into Vision-based Deep Metric Learning"
    segmentation = [
        ("Unsupervised Semantic Segmentation by Distilling Feature Correspondences", None),
        ("Object discovery and representation networks", None),
    ]
    assert related == {
        (APRIL, 5): [(language, None)],
        (APRIL, 10): segmentation,
        (CHINESE, 5): [(language, "2203.08543")],
        (MARCH, 6): [("Learning by Directional Gradient Descent", None)],
        (AUGUST, 8): [
            ("Coordination Among Neural Modules Through a Shared Global Workspace", None)
        ],
        (APRIL_SITE, 5): [(language, None)],
        (APRIL_SITE, 10): segmentation,
    }


def test_bullets_become_lists_and_lost_bullets_paragraphs(editions):
    assert editions[APRIL_SITE].entries[9].insights.count("\n- ") == 3
    assert editions[CHINESE].entries[9].insights.count("\n- ") == 3
    assert "\n- " not in editions[APRIL].entries[9].insights


def test_superscripts_are_marks_but_not_after_a_lone_letter(editions):
    robots = editions[APRIL].entries[4]
    assert references.marks(robots.insights) == [10]
    retrievers = editions[AUGUST].entries[2]
    assert "P-Tuning v² method" in retrievers.insights
    assert references.marks(retrievers.insights) == [4, 3]


def test_marks_without_a_reference_are_reported_not_renumbered(editions):
    assert editions[APRIL].remarks == ("Marks without a reference: 2.",)
    assert editions[MARCH].remarks == ("Marks without a reference: 9.",)


def test_what_belongs_to_the_site_is_dropped(editions):
    furniture = (
        "top of page", "bottom of page", "Recent Posts", "See All", "Comments", "留言", "头图",
        "deephub", "粉丝", "Towards AI", "sponsor", "Published via", "Feedback", "Last Updated",
        "Image by", "Author(s)", "作者:", "overfit.cn", "stay tuned",
    )  # fmt: skip
    for edition in editions:
        text = everything(edition)
        assert [f for f in furniture if f in text] == []


def test_the_announced_webinar_is_an_occasion(editions):
    assert editions[MARCH].occasions == (Occasion("Webinar", "2022-03-04", None),)
    assert "webinar" not in editions[MARCH].entries[9].insights


def test_news_stand_between_intro_and_research(editions):
    assert editions[APRIL].news[0].startswith("The new NVidia H100")
    assert editions[MARCH].news[3].startswith("Miscellaneous: evojax")
    assert "H100 Tensor Core" not in editions[APRIL].intro
    assert "selected 10 papers" in editions[APRIL].intro


def test_an_edition_survives_its_way_through_json(editions):
    for edition in editions:
        assert Edition.from_json(edition.to_json()) == edition


def test_a_code_point_glued_to_letters_does_not_swallow_them():
    assert cleaning.spelled_out("U+2753Date") == "❓Date"
    assert cleaning.spelled_out("UnicornU+1F984)") == "Unicorn🦄)"
    assert cleaning.spelled_out("A U+007C B") == "A | B"


def test_a_menu_above_the_text_does_not_end_it():
    text = (
        "Recent Posts\nMenu\nNotes — May 2022\n1. A Title Here\nBy Ann Lee and Bo Li.\nWhy.\nMore."
    )
    edition = scrape.read(text, "x.txt")
    assert [e.title for e in edition.entries] == ["A Title Here"]
    assert edition.month == date(2022, 5, 1)


def test_prose_that_begins_like_an_author_line_is_no_anchor():
    text = (
        "Notes — May 2022\n1. A Title Here\nBy Ann Lee et al.\nWhy it matters.\n"
        "By contrast, nothing else does so.\nBy the way, it is fast."
    )
    (entry,) = scrape.read(text, "x.txt").entries
    assert entry.insights.count("\n\n") == 1


def test_a_truncated_scrape_says_what_it_lacks(seeds):
    text = seeds[APRIL].read_text("utf-8").split("By Oran Gafni")[0].rsplit("💡", 1)[0]
    edition = scrape.read("Trends in AI — April 2022\n" + text, "cut.txt")
    assert "The text announces 10 papers and has 9." in edition.remarks
    assert "Entry 9 has no text for key insights." in edition.remarks


def test_a_text_without_papers_is_refused():
    with pytest.raises(EditionError, match=r"letter\.txt: no paper was found.*By "):
        scrape.read("Dear all,\nnothing to see.", "letter.txt")


def test_a_month_that_is_not_to_be_found_is_asked_for():
    with pytest.raises(EditionError, match="month"):
        scrape.read("Hello\nBy Ann Lee et al.\nWhy.\nMore.", "letter.txt")
    assert scrape.read("By Ann Lee et al.\nWhy.", "2022-06 letter.txt").slug == "2022-06"


@pytest.mark.parametrize(
    ("head", "whole", "years", "expected"),
    [
        ("Welcome to May", "join us on June 2, 2023", [], date(2023, 5, 1)),
        ("In December's edition", "join us on January 5th, 2023", [], date(2022, 12, 1)),
        ("2023年5月刊", "", [2020], date(2023, 5, 1)),
        ("you may march on", "", [2020], None),
    ],
)
def test_the_year_comes_from_the_nearest_day(head, whole, years, expected):
    found = month.find(head, whole, years, "x.txt")
    assert (found.first_day if found else None) == expected


def one_entry(heading="1. A Title of Work", why="❓ Why →", insights="💡 Key insights →", more=""):
    text = f"N — May 2022\n\n{heading}\n\nBy Zed Zorn et al.\n\n{why} First.\n\n{insights} Second.\n{more}"
    return scrape.read(text, "x.txt")


@pytest.mark.parametrize(
    ("why", "insights"),
    [
        ("❓Why →", "💡Key insights →"),
        ("Why ❓ →", "Key insights 💡 →"),
        ("❓ Why —", "💡 Key insights —"),
        ("❓ Why", "💡 Insights"),
        ("❓ Why ➡️", "💡 Key takeaways ➡️"),
        ("U+2753Why→", "U+1F4A1Key insights→"),
        ("Why it matters:", "Key takeaways:"),
        ("为什么:", "关键见解:"),
    ],
)
def test_labels_are_read_however_they_are_set(why, insights):
    (entry,) = one_entry(why=why, insights=insights).entries
    assert (entry.why, entry.insights) == ("First.", "Second.")


@pytest.mark.parametrize(
    ("heading", "title", "labels"),
    [
        ("1. A Title of Work U+007CCode", "A Title of Work", ["Code"]),
        ("1. 3D Scenes from One Image", "3D Scenes from One Image", []),
        ("1. It Works!", "It Works!", []),
        ("1) A Title, or Why?", "A Title, or Why?", []),
    ],
)
def test_headings_are_read_however_they_are_set(heading, title, labels):
    (entry,) = one_entry(heading=heading).entries
    assert (entry.number, entry.title) == (1, title)
    assert [link.label for link in entry.links] == labels


@pytest.mark.parametrize("before", ["6. Towards", "U+1F52C Research"])
def test_a_number_in_brackets_does_not_begin_the_references_above_the_last_paper(seeds, before):
    text = seeds[AUGUST].read_text("utf-8").replace(before, f"[4] said so.\n\n{before}")
    edition = scrape.read(text, "x.txt")
    assert len(edition.entries) == 10
    assert [r.number for r in edition.references] == [1, 2, 3, 4, 6, 7]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPT-3¹ and", [1]),
        ("ECCV 2020⁸.", [8]),
        ("10⁴ km² of n²", []),
        ("优化⁷,或", [7]),
        ("v² and ¹⁰", [10]),
    ],
)
def test_a_mark_is_told_from_a_power_and_a_version(text, expected):
    assert references.marks(text) == expected


def test_the_month_of_a_chinese_intro_needs_no_measure_word():
    text = "这是5月的论文推荐。\n\n1. A Title of Work\n\nBy Zed Zorn et al.\n\n甲。\n\n乙。\n\n[1] “T” by A, 2022."
    assert scrape.read(text, "x.txt").slug == "2022-05"
