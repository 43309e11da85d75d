"""The reference pages say what the code says."""

import pytest

from paperround import reference


@pytest.mark.parametrize(
    ("name", "page"),
    [("settings.md", reference.settings_page), ("commands.md", reference.commands_page)],
)
def test_the_page_is_as_the_code_is(name, page) -> None:
    written = (reference.FOLDER / name).read_text(encoding="utf-8")
    assert written == page(), f"docs/reference/{name} is old: run python -m paperround.reference"
