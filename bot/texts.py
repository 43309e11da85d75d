"""Every phrase that Discord members read, in English and in Chinese, and how a language is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands

if TYPE_CHECKING:
    from discord.app_commands import TranslationContextTypes, locale_str


@dataclass(frozen=True, slots=True)
class Phrases:
    """What is said in one language; `{…}` are filled in by the caller."""

    tag: str
    language: str
    list_comma: str
    open_paper: str
    why: str
    insights: str
    related: str
    also_known: str
    topics: str
    title_unknown: str
    authors_unknown: str
    paper_of: str
    et_al: str
    web_page: str
    read_on_web: str
    whole_issue: str
    news: str
    more_news: str
    sponsor: str
    paper_count: str
    paper_count_one: str
    more_papers: str
    edition_in: str
    new_issue: str
    did_you_mean: str
    choose_paper: str
    nothing_found: str
    nothing_near: str
    nearest: str
    search_web: str
    empty_archive: str
    no_such_issue: str
    gone: str
    not_yours: str
    trouble: str
    need_server: str
    need_manage: str
    need_text_channel: str
    missing_rights: str
    missing_short: str
    everyone_role: str
    following: str
    following_again: str
    following_role: str
    following_next: str
    not_following: str
    stopped: str
    status_none: str
    status_head: str
    status_fine: str
    status_broken: str
    status_healed: str
    broken_lost: str
    help_head: str
    help_lines: tuple[tuple[str, str], ...]
    help_more: str


EN: Final = Phrases(
    tag="en",
    language="English",
    list_comma=", ",
    open_paper="Read",
    why="Why it matters",
    insights="Key insights",
    related="Related",
    also_known="also known as {names}",
    topics="Topics: {names}",
    title_unknown="Title not known yet",
    authors_unknown="Authors not known yet",
    paper_of="Paper {number} · {issue}",
    et_al="{authors} et al.",
    web_page="Web page",
    read_on_web="Read on the web",
    whole_issue="Whole issue",
    news="In the news",
    more_news="and {count} more on the web",
    sponsor="Sponsor",
    paper_count="{count} papers",
    paper_count_one="1 paper",
    more_papers="More papers",
    edition_in="In English",
    new_issue="A new issue is out.",
    did_you_mean="### Did you mean …\nSeveral papers fit **{query}**.",
    choose_paper="Choose a paper",
    nothing_found="### Nothing found\nNo issue has written about **{query}** so far.",
    nothing_near="Try a short name, a title, an author or an arXiv id.",
    nearest="These come nearest:",
    search_web="Search the web archive",
    empty_archive="Nothing has been published yet. `/subscribe channel` brings the first issue to a "
    "channel as soon as it is out.",
    no_such_issue="There is no issue **{name}**. Type `/issue` and choose one from the list, or look at "
    "[all issues]({url}).",
    gone="This paper is no longer in the archive. Try `/paper`.",
    not_yours="Only the person who asked can choose here. Ask for yourself with `/paper`.",
    trouble="That did not work, and it is our fault. Please try again in a minute.",
    need_server="This works in a server only.",
    need_manage="Only members with the permission **Manage Server** can do this.",
    need_text_channel="Choose a text or announcement channel; threads and voice channels cannot "
    "follow.",
    missing_short="Missing there: {rights}.",
    missing_rights="I cannot post in {channel} yet. Please give me there: {rights}. Then use the command "
    "again; nothing was changed.",
    everyone_role="@everyone cannot be chosen. Pick another role, or none.",
    following="**{channel} follows {newsletter}**, in {language}.",
    following_again="**{channel} goes on following {newsletter}**, now in {language}.",
    following_role="{role} is notified with each issue.",
    following_next="The next issue is posted there when it appears. `/latest` shows the newest one; "
    "`/subscribe stop` ends it.",
    not_following="{channel} does not follow {newsletter}. `/subscribe status` lists the channels that do.",
    stopped="{channel} no longer follows {newsletter}.",
    status_none="No channel of this server follows {newsletter} yet. Start with `/subscribe channel`.",
    status_head="### Channels that follow {newsletter}",
    status_fine="{channel}: ready, in {language}",
    status_broken="{channel}: **posts fail**, in {language}. {reason}",
    status_healed="{channel}: works again, in {language}",
    broken_lost="The channel is gone, or I was removed from it.",
    help_head="## {newsletter}\nOne issue at a time: the news, about ten papers, and why they matter.",
    help_lines=(
        ("paper", "find a paper by short name, title, author or arXiv id"),
        ("search", "search all texts, narrowed down by author, year, issue, topic or language"),
        ("topics", "see what the newsletter writes about, and the papers of one topic"),
        ("related", "find papers related to one, and why"),
        ("cite", "cite a paper in BibTeX, CSL-JSON, RIS or Markdown"),
        ("latest", "show the newest issue"),
        ("issue", "show an issue of your choice"),
        ("subscribe channel", "let a channel follow the newsletter (Manage Server)"),
        ("subscribe status", "see which channels follow, and whether posts arrive"),
        ("subscribe stop", "stop following"),
    ),
    help_more="Answers are public; with `private` only you see them. Everything is also [on the web]({url}).",
)

ZH: Final = Phrases(
    tag="zh",
    language="中文",
    list_comma="、",
    open_paper="阅读",
    why="为什么重要",
    insights="核心要点",
    related="相关工作",
    also_known="又名 {names}",
    topics="话题：{names}",
    title_unknown="标题尚不可知",
    authors_unknown="作者尚不可知",
    paper_of="论文 {number} · {issue}",
    et_al="{authors} 等",
    web_page="网页版",
    read_on_web="在网页上阅读",
    whole_issue="整期内容",
    news="本期新闻",
    more_news="另有 {count} 条见网页",
    sponsor="赞助",
    paper_count="{count} 篇论文",
    paper_count_one="1 篇论文",
    more_papers="更多论文",
    edition_in="中文版",
    new_issue="新一期来了。",
    did_you_mean="### 您要找的是……\n有几篇论文符合 **{query}**。",
    choose_paper="选择一篇论文",
    nothing_found="### 没有找到\n至今还没有哪一期写过 **{query}**。",
    nothing_near="可以试试简称、标题、作者或 arXiv 编号。",
    nearest="最接近的有：",
    search_web="在网页存档中搜索",
    empty_archive="还没有发布任何一期。用 `/subscribe channel` 订阅后，第一期一发布就会送到频道。",
    no_such_issue="没有名为 **{name}** 的一期。请输入 `/issue` 并从列表中选择，或查看[全部期刊]({url})。",
    gone="这篇论文已不在存档中。请试试 `/paper`。",
    not_yours="只有提问的人可以在这里选择。您可以自己用 `/paper` 查询。",
    trouble="没有成功，是我们的问题。请过一分钟再试。",
    need_server="此命令只能在服务器中使用。",
    need_manage="只有拥有“管理服务器”权限的成员可以这样做。",
    need_text_channel="请选择文字频道或公告频道；子区和语音频道不能订阅。",
    missing_short="那里缺少权限：{rights}。",
    missing_rights="我还不能在 {channel} 发消息。请在那里给我这些权限：{rights}。然后再用一次此命令；"
    "目前什么都没有改变。",
    everyone_role="不能选择 @everyone。请选择其他身份组，或不选。",
    following="**{channel} 已订阅 {newsletter}**，语言：{language}。",
    following_again="**{channel} 继续订阅 {newsletter}**，语言现为：{language}。",
    following_role="每一期都会通知 {role}。",
    following_next="下一期发布时会送到那里。`/latest` 查看最新一期；`/subscribe stop` 取消订阅。",
    not_following="{channel} 没有订阅 {newsletter}。`/subscribe status` 列出已订阅的频道。",
    stopped="{channel} 不再订阅 {newsletter}。",
    status_none="本服务器还没有频道订阅 {newsletter}。请用 `/subscribe channel` 开始。",
    status_head="### 订阅了 {newsletter} 的频道",
    status_fine="{channel}：正常，{language}",
    status_broken="{channel}：**无法发送**，{language}。{reason}",
    status_healed="{channel}：已恢复，{language}",
    broken_lost="频道已不存在，或我已被移出。",
    help_head="## {newsletter}\n每期内容：新闻、约十篇论文，以及它们为什么重要。",
    help_lines=(
        ("paper", "按简称、标题、作者或 arXiv 编号查找论文"),
        ("search", "搜索全部内容，可按作者、年份、期号、话题或语言筛选"),
        ("topics", "查看有哪些话题，以及某个话题的论文"),
        ("related", "查找与某篇论文相关的论文及原因"),
        ("cite", "以 BibTeX、CSL-JSON、RIS 或 Markdown 格式引用论文"),
        ("latest", "查看最新一期"),
        ("issue", "查看您选择的一期"),
        ("subscribe channel", "让频道订阅（需要“管理服务器”权限）"),
        ("subscribe status", "查看哪些频道已订阅，能否收到"),
        ("subscribe stop", "取消订阅"),
    ),
    help_more="回答是公开的；选择 `private` 则只有您能看到。全部内容也在[网页上]({url})。",
)

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

# What Discord shows of our commands to members whose Discord is in Chinese.
_COMMANDS_ZH: Final = {
    "Find a paper that the newsletter has written about": "查找通讯写过的论文",
    "Short name, title, author, or arXiv id or link": "简称、标题、作者、arXiv 编号或链接",
    "Show the answer to me alone": "回答只给我看",
    "Search everything that was published, best first": "搜索全部已发布的内容，最符合的在前",
    "What to look for; author:hoffmann or year:2022 work here too": "要找什么；也可以写 author:hoffmann 或 year:2022",
    "Only what this author wrote": "只看这位作者写的",
    "Only papers of this year": "只看这一年的论文",
    "Only what stands in this issue": "只看这一期的内容",
    "Only what is about this topic": "只看这个话题的内容",
    "Only editions in this language": "只看这种语言的版本",
    "Papers or news; papers if left out": "论文或新闻；不填则为论文",
    "papers": "论文",
    "news": "新闻",
    "See the topics, or the papers of one": "查看话题，或某个话题的论文",
    "Which topic; all of them if left out": "哪个话题；不填则列出全部",
    "Find papers related to one, and why": "查找与某篇论文相关的论文及原因",
    "Cite a paper": "引用一篇论文",
    "BibTeX if left out": "不填则为 BibTeX",
    "Show the newest issue": "查看最新一期",
    "Show an issue of your choice": "查看您选择的一期",
    "Which issue": "哪一期",
    "Follow the newsletter in this server": "在本服务器订阅通讯",
    "Let a channel follow the newsletter": "让一个频道订阅通讯",
    "Where to post; this channel if left out": "发送到哪个频道；不填则为当前频道",
    "Language of the posts": "消息的语言",
    "Role to notify with each issue": "每期要通知的身份组",
    "See which channels follow, and whether posts arrive": "查看哪些频道已订阅，能否收到",
    "Stop following in a channel": "让一个频道取消订阅",
    "Which channel; this one if left out": "哪个频道；不填则为当前频道",
    "What this bot can do": "这个机器人能做什么",
}


def phrases(language: str) -> Phrases:
    """Choose the phrases for a language; English where we have none."""
    return ZH if main_language(language) == "zh" else EN


def main_language(tag: str) -> str:
    """Reduce a language tag to its main language: `zh-TW` is `zh`."""
    return tag.lower().partition("-")[0]


def language_of(locale: discord.Locale) -> str:
    """Name the language of a member's Discord; both Chinese ones are `zh`."""
    return main_language(locale.value)


def month_name(month: str, language: str) -> str:
    """Write a month such as `2022-04` in words."""
    year, _, number = month.partition("-")
    if main_language(language) == "zh":
        return f"{year}年{int(number)}月"
    return f"{_MONTHS[int(number) - 1]} {year}"


class CommandTranslator(app_commands.Translator):
    """Shows our commands in Chinese to members whose Discord is in Chinese; their names stay."""

    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: TranslationContextTypes,  # noqa: ARG002 - the signature is discord.py's
    ) -> str | None:
        """Translate a description; None keeps the English one."""
        if language_of(locale) != "zh":
            return None
        return _COMMANDS_ZH.get(string.message)
