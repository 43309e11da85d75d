"""What members read while they look for papers, in English and in Chinese: answers, reasons, topics, citations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.texts import main_language


@dataclass(frozen=True, slots=True)
class FindingPhrases:
    """What is said in one language; `{…}` are filled in by the caller."""

    found_sure: str
    found_several: str
    found_none: str
    found_listed: str
    nothing_at_all: str
    narrowed: str
    narrowed_author: str
    narrowed_year: str
    narrowed_issue: str
    narrowed_topic: str
    narrowed_language: str
    narrowed_kind: str
    kind_paper: str
    kind_news: str
    of_issue: str
    found_by: str
    open_card: str
    previous: str
    next: str
    pages: str
    page_lost: str
    try_search: str
    by_author: str
    by_all_words: str
    by_some_words: str
    by_same_meaning: str
    by_newest: str
    by_citation: str
    by_meaning: str
    by_cited: str
    by_related: str
    by_nearest: str
    by_title: str
    by_name: str
    all_topics: str
    topics_on_web: str
    topics_head: str
    topics_none: str
    topics_empty: str
    topics_more: str
    topic_line: str
    topic_head: str
    topic_bare: str
    topic_unknown: str
    choose_topic: str
    topic_on_web: str
    more_like_this: str
    related_head: str
    related_none: str
    paper_on_web: str
    cite: str
    cite_untitled: str
    cite_attached: str


EN: Final = FindingPhrases(
    found_sure="### {query}\nThis is surely meant.",
    found_several="### {query}\nThese fit, the best first.",
    found_none="### Nothing found\nNothing that was published answers **{query}**. These come nearest:",
    found_listed="### {query}\nThese fit, the newest first.",
    nothing_at_all="### Nothing found\nNothing that was published answers **{query}**, and nothing comes near. "
    "Try fewer words, or leave a filter out.",
    narrowed="Narrowed to {filters}.",
    narrowed_author="author {value}",
    narrowed_year="year {value}",
    narrowed_issue="issue {value}",
    narrowed_topic="topic {value}",
    narrowed_language="language {value}",
    narrowed_kind="{value}",
    kind_paper="papers",
    kind_news="news",
    of_issue="{issue}, no. {number}",
    found_by="found by {reason}",
    open_card="Open a paper",
    previous="Previous",
    next="Next",
    pages="Page {page} of {pages}",
    page_lost="This page is no longer there. Ask again with `/search`.",
    try_search="{search} looks into the texts too and can be narrowed down by author, year, issue and topic.",
    by_author="its author",
    by_all_words="all your words",
    by_some_words="some of your words",
    by_same_meaning="words that mean the same",
    by_newest="nothing but its date: it is new",
    by_citation="a work it cites",
    by_meaning="what it means",
    by_cited="a work it cites, {name}",
    by_related="a related work, {name}",
    by_nearest="the nearest name, {name}",
    by_title="its title",
    by_name="its name, {name}",
    all_topics="All topics",
    topics_on_web="Topics on the web",
    topics_head="### Topics of {newsletter}",
    topics_none="No topics are known yet. They come with the first issue.",
    topics_empty="Nothing yet: {topics}",
    topics_more="and {count} more on the web",
    topic_line="**{topic}** · {count}",
    topic_head="### {topic}\n{count} · the newest first",
    topic_bare="### {topic}\nNothing has been published about this yet.",
    topic_unknown="There is no topic **{name}**. {topics} lists all there are.",
    choose_topic="Choose a topic",
    topic_on_web="This topic on the web",
    more_like_this="More like this",
    related_head="### Related to {title}",
    related_none="Nothing that was published is related to **{title}**.",
    paper_on_web="This paper on the web",
    cite="Cite",
    cite_untitled="This paper cannot be cited: its title is not known yet.",
    cite_attached="The citation in {format} is in the attached file.",
)

ZH: Final = FindingPhrases(
    found_sure="### {query}\n要找的肯定是这篇。",
    found_several="### {query}\n以下结果符合，最符合的在前。",
    found_none="### 没有找到\n已发布的内容里没有符合 **{query}** 的。最接近的有：",
    found_listed="### {query}\n以下结果符合，最新的在前。",
    nothing_at_all="### 没有找到\n已发布的内容里没有符合 **{query}** 的，也没有接近的。"
    "可以少写几个词，或去掉一个筛选条件。",
    narrowed="筛选条件：{filters}。",
    narrowed_author="作者 {value}",
    narrowed_year="年份 {value}",
    narrowed_issue="期号 {value}",
    narrowed_topic="话题 {value}",
    narrowed_language="语言 {value}",
    narrowed_kind="{value}",
    kind_paper="论文",
    kind_news="新闻",
    of_issue="{issue}，第 {number} 条",
    found_by="匹配依据：{reason}",
    open_card="打开一篇论文",
    previous="上一页",
    next="下一页",
    pages="第 {page} 页，共 {pages} 页",
    page_lost="这一页已不存在。请再用一次 `/search`。",
    try_search="{search} 也会查找正文，并可按作者、年份、期号和话题筛选。",
    by_author="作者",
    by_all_words="包含全部词语",
    by_some_words="包含部分词语",
    by_same_meaning="意思相同的词语或译文",
    by_newest="仅因较新",
    by_citation="文中引用的文献",
    by_meaning="含义相近",
    by_cited="文中引用的文献：{name}",
    by_related="相关工作：{name}",
    by_nearest="最接近的名称：{name}",
    by_title="标题",
    by_name="名称：{name}",
    all_topics="全部话题",
    topics_on_web="在网页上看话题",
    topics_head="### {newsletter} 的话题",
    topics_none="还没有话题。第一期发布后就会有。",
    topics_empty="尚无内容：{topics}",
    topics_more="另有 {count} 个见网页",
    topic_line="**{topic}** · {count}",
    topic_head="### {topic}\n{count} · 最新的在前",
    topic_bare="### {topic}\n还没有发布过这方面的内容。",
    topic_unknown="没有名为 **{name}** 的话题。{topics} 列出全部话题。",
    choose_topic="选择一个话题",
    topic_on_web="在网页上看此话题",
    more_like_this="相似论文",
    related_head="### 与 {title} 相关的论文",
    related_none="已发布的内容里没有与 **{title}** 相关的论文。",
    paper_on_web="在网页上看这篇论文",
    cite="引用",
    cite_untitled="暂时无法引用这篇论文：它的标题尚不可知。",
    cite_attached="{format} 格式的引用见附件。",
)


def finding_phrases(language: str) -> FindingPhrases:
    """Choose the phrases for a language; English where we have none."""
    return ZH if main_language(language) == "zh" else EN
