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
        found = super().get_command(ctx, cmd_name)
        if found is not None and ctx is not None:
            _show_no_values(found, ctx)
        return found

    def get_params(self, ctx: typer.Context) -> Any:  # type: ignore[override] # noqa: ANN401
        """Give the options of the program itself."""
        return _without_values(super().get_params(ctx))


def _show_no_values(command: Any, ctx: typer.Context) -> None:  # noqa: ANN401
    _without_values(command.get_params(ctx))
    for inner in getattr(command, "commands", {}).values():
        _show_no_values(inner, ctx)


def _without_values(params: list[Any]) -> list[Any]:
    """Keep the help from showing `<bool>` after an option that takes no value."""
    for it in params:
        if getattr(it, "is_flag", False):
            it.metavar = ""
    return params
