"""The command `settings`: what can be set, what is set, and where it came from to be so."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import SecretStr
from rich.markup import escape

from paperround.cli.app import app, console, print_json, settings
from paperround.setting_sources import PREFIX, SECRETS
from paperround.settings import Settings


@app.command("settings")
def show_settings(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List every setting with its present value; secrets are shown as set or not set.

    Each can be set in the environment or in paperround.toml (PAPERROUND_CONFIG names another file).
    """
    present = settings()
    rows = [
        {
            "name": name,
            "variable": f"{PREFIX}{name.upper()}",
            "value": _shown(name, getattr(present, name)),
            "description": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        console.print(f"[bold]{row['variable']}[/bold] = {escape(str(row['value']))}")
        console.print(f"    {row['description']}", markup=False, style="dim")


def _shown(name: str, value: object) -> object:
    if name in SECRETS or isinstance(value, SecretStr):
        return "(set)" if value else "(not set)"
    if value is None or value == []:
        return "(not set)"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, int | float | bool) else str(value)
