"""The page on the bot's commands names what there is."""

from __future__ import annotations

from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest
from discord import app_commands

from bot import finding_texts
from bot.cogs.citing import Citing
from bot.cogs.following import Following
from bot.cogs.help import Help
from bot.cogs.issues import Issues
from bot.cogs.papers import Papers
from bot.cogs.relating import Relating
from bot.cogs.search import Search
from bot.cogs.subscribe import Subscribe
from bot.cogs.topics import Topics
from bot.texts import _COMMANDS_ZH, EN, ZH

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "bot-commands.md"


def commands() -> Iterator[app_commands.Command]:
    for cog in (Papers, Search, Topics, Relating, Citing, Issues, Help, Following, Subscribe):
        made = cog.__new__(cog, None)
        for command in made.get_app_commands():
            if isinstance(command, app_commands.Command):
                yield command
        if made.app_command is not None:
            yield from made.app_command.walk_commands()


def test_every_command_and_option_is_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = list(commands())
    assert {c.qualified_name for c in found} >= {"paper", "latest", "issue", "subscribe channel"}
    for command in found:
        _, heading, section = page.partition(f"\n## `/{command.qualified_name}`\n")
        assert heading, f"/{command.qualified_name} is missing in {PAGE.name}"
        for option in command.parameters:
            assert f"| `{option.name}` |" in section.partition("\n## ")[0], option.name


def test_every_description_has_a_chinese_one() -> None:
    for command in commands():
        # A language is called by its own name in every language.
        named = [p for p in command.parameters if p.name not in {"language", "format"}]
        choices = [choice for parameter in named for choice in parameter.choices]
        described = [str(p.description) for p in command.parameters]
        for text in (command.description, *described, *(choice.name for choice in choices)):
            assert text in _COMMANDS_ZH, text


def test_help_lists_every_command_but_itself() -> None:
    names = {c.qualified_name for c in commands()} - {"help"}
    for words in (EN, ZH):
        assert {name for name, _ in words.help_lines} == names


BOTH = [(EN, ZH), (finding_texts.EN, finding_texts.ZH)]


@pytest.mark.parametrize(("english", "chinese"), BOTH)
def test_both_languages_fill_in_the_same_things(english: Any, chinese: Any) -> None:
    def fields(text: str) -> set[str | None]:
        return {field for _, field, _, _ in Formatter().parse(text) if field}

    for name in english.__slots__:
        if isinstance(said := getattr(english, name), str):
            assert fields(said) == fields(getattr(chinese, name)), name
