"""The words of the pages, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = {"en": "English", "zh": "中文"}
_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

_EN: Final = {
    "archive": "Past issues",
    "latest": "Latest issue",
    "papers_count": "{n} papers",
    "read_issue": "Read the issue",
    "search": "Search",
    "search_hint": "Nickname, title, author, arXiv id",
    "search_title": "Search the archive",
    "found_sure": "This is it",
    "found_choices": "Several may be meant; the best come first",
    "found_none": "Nothing here answers that. The nearest we have:",
    "found_nothing": "Nothing here answers that.",
    "matched": "Found by {why}",
    "subscribe_title": "Get it by email",
    "subscribe_text": "One mail an issue. No tracking; only your time zone is noted. Leave with one click.",
    "email": "Email address",
    "subscribe": "Subscribe",
    "asked_title": "One more step",
    "asked_text": "If this address can be subscribed, a mail with a link is on its way. Open it to confirm.",
    "asked_wrong": "This does not look like an email address. Please check it.",
    "asked_slow": "That was very quick or very long ago. Please send the form once more.",
    "asked_often": "Too many requests from here. Please try again in an hour.",
    "confirm_title": "Confirm your subscription",
    "confirm_text": "One click, and the next issue comes to your inbox.",
    "confirm": "Yes, subscribe me",
    "confirmed_title": "Welcome",
    "confirmed_text": "You are subscribed. The next issue comes to your inbox.",
    "confirm_old_title": "This link has expired",
    "confirm_old_text": "Links to confirm are good for seven days. Please subscribe again.",
    "leave_title": "Unsubscribe",
    "leave_text": "Do you want no further issues by mail?",
    "leave": "Unsubscribe",
    "left_title": "You are unsubscribed",
    "left_text": "No further issue will come to your inbox. Was it a slip? Subscribe again at any time.",
    "leave_wrong_title": "This link is not complete",
    "leave_wrong_text": "Please open the link in the mail once more, or copy it whole.",
    "preferences_title": "Language and time zone",
    "preferences_text": "They hold for the issues that start from now on.",
    "preferred_language": "Language of the mail",
    "preferred_zone": "Time zone, for issues that come at an hour of your own day",
    "zone_unknown": "Not known",
    "save": "Save",
    "preferences_wrong": "Please choose from the two lists.",
    "preferences_kept_title": "Saved",
    "preferences_kept_text": "This holds for the issues that start from now on.",
    "preferences_none_title": "There is no subscription here",
    "preferences_none_text": "It has ended, or the link is not complete. "
    "Open the link in the mail once more, or subscribe again.",
    "not_found_title": "There is no such page",
    "not_found_text": "It may have moved. The search finds every paper and every issue.",
    "refused_title": "This request was refused",
    "refused_text": "It came from another site. Please use the form on our page.",
    "unavailable_title": "Please come back in a minute",
    "unavailable_text": "Our database does not answer. "
    "If you sent a form or pressed a button, please do it again then: it was not recorded.",
    "error_title": "Something broke on our side",
    "error_text": "It has been noted. Please try again in a minute.",
    "home": "Home",
    "feed": "Feed",
    "news": "News",
    "papers": "Papers",
    "why": "Why it matters",
    "insights": "Key insights",
    "related": "Related",
    "references": "References",
    "sponsor": "From our sponsor",
    "events": "Dates",
    "title_unknown": "Title unknown",
    "et_al": "et al.",
    "also_known": "Also known as",
    "translation": "Translation",
    "empty": "Nothing has been published yet.",
    "entry": "No. {n}",
    "website_leave_blank": "Leave this field empty",
    "skip": "Skip to content",
    "in_this_issue": "In this issue",
    "minutes": "{n} min read",
    "one_paper": "1 paper",
    "read_in": "This issue has not been translated yet; you are reading it in {language}.",
    "also_in": "The same in {language}",
    "newer": "Newer",
    "older": "Older",
    "all_issues": "All issues",
    "together_with": "Written about together with",
    "sent_back": "Back to the newsletter",
    "too_large_title": "That is too much at once",
    "too_large_text": "The form holds an email address and little more. Please shorten it.",
    "bad_title": "This request cannot be read",
    "bad_text": "Please go back and try it once more.",
    "feed_text": "Or follow the feed in your reader.",
    "others": "Further",
    "found_one": "This may be it",
    "found_listed": "Everything that fits, newest first",
    "narrow": "Narrow it down",
    "apply": "Show",
    "any": "Any",
    "drop": "Remove",
    "drop_all": "Remove all",
    "ask_unnarrowed": "Ask it without these limits",
    "try_these": "Try one of these:",
    "by_topic_filter": "Topic",
    "by_author_filter": "Author",
    "by_year_filter": "Year",
    "by_issue_filter": "Issue",
    "by_language_filter": "Written in",
    "by_kind_filter": "Kind",
    "author_hint": "A name",
    "year_hint": "2022",
    "by_author": "its author",
    "by_all_words": "all your words",
    "by_some_words": "some of your words",
    "by_same_meaning": "words that mean the same",
    "by_newest": "nothing but its date: it is new",
    "by_citation": "a work it cites",
    "by_meaning": "what it means",
    "by_cited": "a work it cites, {name}",
    "by_related": "a related work, {name}",
    "by_nearest": "the nearest name, {name}",
    "by_title": "its title",
    "by_name": "its name, {name}",
    "suggestions": "Suggestions",
    "pages": "Pages",
    "page_of": "Page {page} of {pages}",
    "previous": "Previous",
    "following": "Next",
    "topics": "Topics",
    "topic": "Topic",
    "topics_text": "Everything that was published, by what it is about.",
    "topics_none": "No topics yet.",
    "topic_none": "Nothing has been published about this yet.",
    "topic_feed": "Feed of this topic",
    "search_topic": "Search this topic",
    "site_parts": "Parts of this site",
    "more_like": "More like this",
    "ask_author": "author:",
    "ask_topic": "topic:",
    "cite": "Cite",
}

_ZH: Final = {
    "archive": "往期",
    "latest": "最新一期",
    "papers_count": "{n} 篇论文",
    "read_issue": "阅读本期",
    "search": "搜索",
    "search_hint": "别名、标题、作者、arXiv 编号",
    "search_title": "搜索往期内容",
    "found_sure": "就是它",
    "found_choices": "有多个结果符合，最相关的在前",
    "found_none": "没有找到答案。最接近的有：",
    "found_nothing": "没有找到答案。",
    "matched": "匹配依据：{why}",
    "subscribe_title": "邮件订阅",
    "subscribe_text": "每期一封邮件，不做跟踪（只记下时区），一键退订。",
    "email": "邮箱地址",
    "subscribe": "订阅",
    "asked_title": "还差一步",
    "asked_text": "如果该地址可以订阅，一封含有链接的邮件正在路上。请打开链接确认订阅。",
    "asked_wrong": "这不像一个邮箱地址，请检查后重试。",
    "asked_slow": "提交得太快或表单已过期，请再提交一次。",
    "asked_often": "来自此处的请求过多，请一小时后再试。",
    "confirm_title": "确认订阅",
    "confirm_text": "点击一下，下一期就会送到您的收件箱。",
    "confirm": "确认订阅",
    "confirmed_title": "欢迎",
    "confirmed_text": "订阅成功。下一期将送到您的收件箱。",
    "confirm_old_title": "链接已失效",
    "confirm_old_text": "确认链接七天内有效，请重新订阅。",
    "leave_title": "退订",
    "leave_text": "不再通过邮件接收吗？",
    "leave": "退订",
    "left_title": "您已退订",
    "left_text": "以后不会再有邮件。如果是误点，随时可以重新订阅。",
    "leave_wrong_title": "链接不完整",
    "leave_wrong_text": "请重新打开邮件中的链接，或完整复制它。",
    "preferences_title": "语言和时区",
    "preferences_text": "对此后开始发送的各期生效。",
    "preferred_language": "邮件语言",
    "preferred_zone": "时区，用于按您当地时间送达的各期",
    "zone_unknown": "未知",
    "save": "保存",
    "preferences_wrong": "请从两个列表中选择。",
    "preferences_kept_title": "已保存",
    "preferences_kept_text": "对此后开始发送的各期生效。",
    "preferences_none_title": "没有找到订阅",
    "preferences_none_text": "订阅已结束，或链接不完整。请重新打开邮件中的链接，或重新订阅。",
    "not_found_title": "没有这个页面",
    "not_found_text": "页面可能已移动。搜索可以找到每一篇论文和每一期。",
    "refused_title": "请求被拒绝",
    "refused_text": "请求来自其他网站，请使用本页的表单。",
    "unavailable_title": "请稍后再来",
    "unavailable_text": "数据库暂时没有响应。如果您刚才提交了表单或点击了按钮，请稍后再做一次：操作尚未记录。",
    "error_title": "我们这边出了问题",
    "error_text": "问题已记录，请稍后再试。",
    "home": "首页",
    "feed": "订阅源",
    "news": "新闻",
    "papers": "论文",
    "why": "为什么重要",
    "insights": "核心要点",
    "related": "相关工作",
    "references": "参考文献",
    "sponsor": "赞助",
    "events": "活动",
    "title_unknown": "标题未知",
    "et_al": "等",
    "also_known": "又名",
    "translation": "翻译",
    "empty": "还没有发布任何内容。",
    "entry": "第 {n} 篇",
    "website_leave_blank": "请将此栏留空",
    "skip": "跳到正文",
    "in_this_issue": "本期目录",
    "minutes": "约 {n} 分钟",
    "one_paper": "1 篇论文",
    "read_in": "本期尚无中文版，以下为{language}原文。",
    "also_in": "{language}版",
    "newer": "下一期",
    "older": "上一期",
    "all_issues": "全部往期",
    "together_with": "同篇介绍的还有",
    "sent_back": "返回首页",
    "too_large_title": "内容过长",
    "too_large_text": "表单只需要一个邮箱地址，请缩短后重试。",
    "bad_title": "无法读取这个请求",
    "bad_text": "请返回后再试一次。",
    "feed_text": "也可以用阅读器订阅。",
    "others": "其他结果",
    "found_one": "可能是这个",
    "found_listed": "符合条件的全部内容，最新的在前",
    "narrow": "缩小范围",
    "apply": "显示",
    "any": "不限",
    "drop": "移除",
    "drop_all": "全部移除",
    "ask_unnarrowed": "去掉这些条件再搜索",
    "try_these": "可以试试：",
    "by_topic_filter": "话题",
    "by_author_filter": "作者",
    "by_year_filter": "年份",
    "by_issue_filter": "期",
    "by_language_filter": "语言",
    "by_kind_filter": "类别",
    "author_hint": "姓名",
    "year_hint": "2022",
    "by_author": "作者",
    "by_all_words": "包含全部词语",
    "by_some_words": "包含部分词语",
    "by_same_meaning": "意思相同的词语或译文",
    "by_newest": "仅因较新",
    "by_citation": "文中引用的文献",
    "by_meaning": "含义相近",
    "by_cited": "文中引用的文献：{name}",
    "by_related": "相关工作：{name}",
    "by_nearest": "最接近的名称：{name}",
    "by_title": "标题",
    "by_name": "名称：{name}",
    "suggestions": "搜索建议",
    "pages": "分页",
    "page_of": "第 {page} 页，共 {pages} 页",
    "previous": "上一页",
    "following": "下一页",
    "topics": "话题",
    "topic": "话题",
    "topics_text": "按话题浏览已发布的全部内容。",
    "topics_none": "还没有话题。",
    "topic_none": "这个话题还没有内容。",
    "topic_feed": "这个话题的订阅源",
    "search_topic": "在这个话题内搜索",
    "site_parts": "网站导航",
    "more_like": "相关论文",
    "ask_author": "作者:",
    "ask_topic": "话题:",
    "cite": "引用",
}

TEXTS: Final = {"en": _EN, "zh": _ZH}

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def words_of(language: str) -> Mapping[str, str]:
    """Give the words that go with a text of a language: English where we have none."""
    return TEXTS[page_language(language) or "en"]


def month_name(month: str, language: str) -> str:
    """Write a month such as `2022-06` as people do."""
    year, number = month.split("-")
    if page_language(language) == "zh":
        return f"{year}年{int(number)}月"
    return f"{_MONTHS[int(number) - 1]} {year}"


def language_name(language: str) -> str:
    """Name a language in itself, by its code where we do not know it."""
    return LANGUAGES.get(page_language(language) or "", language)


def written(language: str) -> Markup:
    """Give the HTML attributes of an element whose text is in a language: `lang` and `dir`."""
    main = language.lower().replace("_", "-").split("-")[0]
    direction = "rtl" if main in _RIGHT_TO_LEFT else "ltr"
    return Markup('lang="{}" dir="{}"').format(language, direction)


def page_language(wanted: str | None) -> str | None:
    """Give the language of the pages that serves a language tag, if there is one."""
    main = (wanted or "").strip().lower().replace("_", "-").split("-")[0]
    return main if main in TEXTS else None


def accepted_language(header: str) -> str | None:
    """Choose by an Accept-Language header (RFC 9110 §12.5.4)."""
    ranked = []
    for place, part in enumerate(header.split(",")[:20]):
        tag, _, quality = part.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if (language := page_language(tag)) and weight > 0:
            ranked.append((-weight, place, language))
    return min(ranked)[2] if ranked else None
