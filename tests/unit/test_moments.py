"""Days and times are written in words, in the language of the text around them."""

import pytest

from publisher.moments import moment_name


@pytest.mark.parametrize(
    ("at", "english", "chinese"),
    [
        ("2026-06-03", "3 June 2026", "2026年6月3日"),
        ("2026-06-03T16:00+02:00", "3 June 2026, 16:00 (UTC+2)", "2026年6月3日 16:00（UTC+2）"),
        ("2026-06-03T16:05:00Z", "3 June 2026, 16:05 (UTC)", "2026年6月3日 16:05（UTC）"),
        (
            "2026-06-03T16:00-03:30",
            "3 June 2026, 16:00 (UTC-3:30)",
            "2026年6月3日 16:00（UTC-3:30）",
        ),
        ("2026-06-03T16:00", "3 June 2026, 16:00", "2026年6月3日 16:00"),
        ("20260603", "3 June 2026", "2026年6月3日"),
        ("in spring", "in spring", "in spring"),
        ("2022-W22", "2022-W22", "2022-W22"),
        ("2022W221", "2022W221", "2022W221"),
    ],
)
def test_the_time_of_an_event_is_written_for_readers(at, english, chinese) -> None:
    for language, words in (
        ("en", english),
        ("zh", chinese),
        ("zh-Hant", chinese),
        ("zh_TW", chinese),
        ("ar", english),
        ("zha", english),  # Zhuang
    ):
        assert moment_name(at, language) == words
