"""Which module holds which command; it is imported when the command is asked for, so that each starts soon."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from typer.core import TyperGroup
from typer.main import get_group

if TYPE_CHECKING:
    import typer

# In the order in which help lists them: a first round, then by subject.
MODULES: Final = {
    "demo": "demo",
    "import": "editions",
    "issues": "editions",
    "show": "editions",
    "paper": "finding",
    "related": "relating",
    "export": "exporting",
    "check": "checking",
    "schedule": "scheduling",
    "sends": "sends",
    "pause": "sends",
    "resume": "sends",
    "cancel": "sends",
    "why": "sends",
    "uncertain": "unsettled",
    "serve": "serve",
    "sender": "serve",
    "subscribers": "subscribers",
    "subscribe": "subscribers",
    "unsubscribe": "subscribers",
    "forget": "subscribers",
    "topics": "topics",
    "aliases": "naming",
    "reindex": "finding",
    "embed": "embedding",
    "eval-search": "evaluating",
    "dkim": "dkim",
    "settings": "settings",
}


class Commands(TyperGroup):
    """The commands of `paperround`, each imported with its module when it is first named."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override] # noqa: ARG002
        """Name every command."""
        return [*MODULES]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override] # noqa: ANN401
        """Give a command; None where there is none of this name."""
        # An unknown one asks for all of them, so that the nearest names can be told.
        for name in [cmd_name] if cmd_name in MODULES else MODULES:
            if name not in self.commands:
                module = import_module(f"paperround.cli.{MODULES[name]}")
                self.commands.update(get_group(module.app).commands)
        return super().get_command(ctx, cmd_name)
