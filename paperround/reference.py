"""Writes the pages of `docs/reference` that are made from the code: settings and commands.

A test compares them with what the code says; `python -m paperround.reference` writes them anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from paperround.cli import app
from paperround.setting_sources import CONFIG_VARIABLE, PREFIX, SECRETS
from paperround.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent.parent / "docs" / "reference"


def settings_page() -> str:
    """Describe every setting."""
    lines = [
        "# Settings",
        "",
        "<!-- Made from the code by `python -m paperround.reference`; a test keeps it true. -->",
        "",
        "Each setting is a variable of the environment, or a line `name = value` in `paperround.toml` in the",
        f"folder where the command runs (`{CONFIG_VARIABLE}` names another file). The environment wins. A",
        "secret may also lie in a file of its own: append `_FILE` to the variable and give the path.",
        "",
        "| variable | in the file | default | what it does |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        secret = " A secret." if name in SECRETS else ""
        default = "" if field.default_factory or field.default is None else f"`{field.default}`"
        lines.append(
            f"| `{PREFIX}{name.upper()}` | `{name}` | {default} | {field.description}{secret} |"
        )
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Give the help of every command, as the terminal prints it, without its frames."""
    root = typer.main.get_command(app)
    parts = [
        "# Commands",
        "",
        "<!-- Made from the code by `python -m paperround.reference`; a test keeps it true. -->",
        "",
        "Every command that lists or answers has `--json`. Exit codes: 0 done; 1 done in part, the rest is",
        "named; 2 bad input; 70 a fault of ours; 130 stopped by Ctrl-C.",
        "",
    ]
    for name, command in _walk(root, "paperround"):
        parts += [f"## `{name}`", "", (command.help or "").replace("\b\n", "").strip(), ""]
        rows = [_parameter(p) for p in command.params if not getattr(p, "hidden", False)]
        if rows:
            parts += ["| | |", "|---|---|", *rows, ""]
    return "\n".join(parts)


def _walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer wraps click's types
    if not hasattr(command, "list_commands"):
        yield name, command
        return
    if getattr(command, "invoke_without_command", False) and command.params:
        yield name, command
    for child in sorted(command.list_commands(None)):
        yield from _walk(command.get_command(None, child), f"{name} {child}")


def _parameter(parameter: Any) -> str:  # noqa: ANN401
    if parameter.param_type_name == "argument":
        label = f"`{str(parameter.name).upper()}`"
    else:
        label = ", ".join(f"`{option}`" for option in parameter.opts)
    text = (getattr(parameter, "help", None) or "").replace("|", "\\|")
    return f"| {label} | {text} |"


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in (("settings.md", settings_page()), ("commands.md", commands_page())):
        (FOLDER / name).write_text(text, encoding="utf-8")
        typer.echo(f"wrote docs/reference/{name}")


if __name__ == "__main__":
    main()
