"""The command `paperround`: runs the command line and turns what goes wrong into one plain line."""

from __future__ import annotations

import os
import sys
import traceback
from asyncio import CancelledError

import typer

from paperround.cli import app
from paperround.cli.app import INTERRUPTED
from paperround.errors import UserError
from publisher.errors import PublisherError
from storage.errors import StorageError

BAD_INPUT = 2
INTERNAL = 70  # EX_SOFTWARE of sysexits.h


def main() -> None:
    """Run the command line; exit 0, 1 (done in part), 2 (bad input), 70 (our fault) or 130 (Ctrl-C)."""
    try:
        app()
    except (UserError, StorageError, PublisherError) as error:
        typer.echo(f"paperround: {error}", err=True)
        sys.exit(BAD_INPUT)
    except (KeyboardInterrupt, CancelledError):  # the latter by a second signal
        typer.echo("paperround: stopped; run the same command again to go on", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the last stop before the user
        typer.echo(
            f"paperround: internal error ({type(error).__name__}); what was under way was rolled back. "
            "Set PAPERROUND_LOG_LEVEL=debug and run again to see where.",
            err=True,
        )
        if os.environ.get("PAPERROUND_LOG_LEVEL") == "debug":
            traceback.print_exc()
        sys.exit(INTERNAL)


if __name__ == "__main__":
    main()
