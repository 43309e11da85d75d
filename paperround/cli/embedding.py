"""The command that embeds what entries say: `embed`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from paperround.cli.app import app, console, fail, remarks, settings, store
from publisher.meaning import BATCH, embed_entries
from storage.catalog import vectors

if TYPE_CHECKING:
    from publisher.meaning import Count, Embedder
    from storage.database import Database


@app.command()
def embed(
    *,
    batch: Annotated[
        int, typer.Option(help="So many entries in one request.", min=1, max=2048)
    ] = BATCH,
    anew: Annotated[
        bool,
        typer.Option("--anew", help="Embed every entry again, such as after a change of model."),
    ] = False,
    forget_others: Annotated[
        bool, typer.Option("--forget-others", help="Then remove what other models gave.")
    ] = False,
) -> None:
    """Embed the entries, so that questions are also answered by meaning; only what is new or changed.

    Off until PAPERROUND_EMBEDDINGS_URL and PAPERROUND_EMBEDDINGS_MODEL are set. Each batch is kept at once: after
    Ctrl-C or an error, run it again to go on. `paperround serve` does the same by itself.
    """
    embedder = _embedder()
    with store() as database:
        if anew:
            with database.write() as session:
                vectors.forget(session, embedder.model)
        count = _embed(database, embedder, batch)
        if forget_others:
            with database.write() as session:
                vectors.forget_others(session, embedder.model)
    console.print(
        f"Embedded {count.embedded} of {count.looked_at} entries; the others were up to date.",
        markup=False,
    )


def _embedder() -> Embedder:
    from paperround.embeddings import embedder_of  # noqa: PLC0415 - the other commands do without

    embedder = embedder_of(settings())
    if embedder is None:
        raise fail(
            "Embeddings are off. Set PAPERROUND_EMBEDDINGS_URL and PAPERROUND_EMBEDDINGS_MODEL, such as "
            "http://localhost:11434/v1 and the name of a model there."
        )
    return embedder


def _embed(database: Database, embedder: Embedder, batch: int) -> Count:
    with Progress(console=remarks) as progress:
        task = progress.add_task("Embedding entries", total=None)
        return embed_entries(
            database,
            embedder,
            batch=batch,
            progress=lambda done, of: progress.update(task, completed=done, total=of),
        )
