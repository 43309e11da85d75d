"""The words of our own that stand in mail, in English and Chinese."""

from __future__ import annotations

from typing import Final

_EN: Final = {
    "view_in_browser": "View in browser",
    "in_this_issue": "In this issue",
    "news": "News",
    "papers": "Papers",
    "events": "Dates",
    "why": "Why it matters",
    "insights": "Key insights",
    "related": "Related",
    "links": "Links",
    "references": "References",
    "sponsor": "From our sponsor",
    "translation": "Translation",
    "also_in": "Also in",
    "title_unknown": "Title unknown",
    "et_al": "et al.",
    "between_authors": ", ",
    "colon": ": ",
    "reason": "You receive this mail because you subscribed to {newsletter} and confirmed it.",
    "unsubscribe": "Unsubscribe",
    "preferences": "Language and time zone",
    "archive": "Past issues",
    "confirm_subject": "Please confirm your subscription to {newsletter}",
    "confirm_heading": "One more step",
    "confirm_text": "Somebody, hopefully you, asked for {newsletter} to be sent to this address. "
    "Nothing will be sent until you confirm.",
    "confirm_button": "Confirm the subscription",
    "confirm_expiry": "The link is good for seven days.",
    "confirm_ignore": "It was not you? Then do nothing, and you will not hear from us again.",
}

_ZH: Final = {
    "view_in_browser": "在浏览器中阅读",
    "in_this_issue": "本期内容",
    "news": "新闻",
    "papers": "论文",
    "events": "活动",
    "why": "为什么重要",
    "insights": "核心要点",
    "related": "相关工作",
    "links": "链接",
    "references": "参考文献",
    "sponsor": "赞助",
    "translation": "翻译",
    "also_in": "其他语言",
    "title_unknown": "标题未知",
    "et_al": "等",
    "between_authors": "、",
    "colon": "：",
    "reason": "您收到这封邮件，是因为您订阅了 {newsletter} 并确认了订阅。",
    "unsubscribe": "退订",
    "preferences": "语言和时区",
    "archive": "往期",
    "confirm_subject": "请确认订阅 {newsletter}",
    "confirm_heading": "还差一步",
    "confirm_text": "有人（希望是您本人）请求将 {newsletter} 发送到此邮箱。在您确认之前，我们不会发送任何内容。",
    "confirm_button": "确认订阅",
    "confirm_expiry": "链接七天内有效。",
    "confirm_ignore": "不是您本人？请忽略此邮件，我们不会再打扰您。",
}

_TEXTS: Final = {"en": _EN, "zh": _ZH}
_NAMES: Final = {"en": "English", "zh": "中文"}
_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def mail_texts(language: str) -> dict[str, str]:
    """Give our words in the language of a tag, in English where we have none."""
    return _TEXTS.get(_main(language), _EN)


def words_language(language: str) -> str:
    """Give the language of those words: the tag's own, or English."""
    return language if _main(language) in _TEXTS else "en"


def language_name(language: str) -> str:
    """Give a language's own name; the tag itself where we do not know it."""
    return _NAMES.get(_main(language), language)


def direction(language: str) -> str:
    """Give the HTML `dir` of a language."""
    return "rtl" if _main(language) in _RIGHT_TO_LEFT else "ltr"


def month_name(month: str, language: str) -> str:
    """Write a month such as `2022-04` in words; give back as it is what is no month."""
    year, _, number = month.partition("-")
    if not (year.isdigit() and number.isdigit() and 1 <= int(number) <= len(_MONTHS)):
        return month
    if _main(language) == "zh":
        return f"{year}年{int(number)}月"
    return f"{_MONTHS[int(number) - 1]} {year}"


def _main(language: str) -> str:
    return language.lower().replace("_", "-").split("-")[0]
