"""The commands about subscribers: who there are, bring some in, take one out, forget one."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from mailer.tokens import Tokens
from paperround.cli.app import app, console, fail, print_json, settings, store
from paperround.keys import key_ring
from storage import subscribers
from storage.subscribers import AddressError, Asked, NewSubscriber, ReaderError

if TYPE_CHECKING:
    from storage.tables import Subscriber

MOST_NAMED = 20  # wrong lines that an error lists

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Source = Annotated[
    str,
    typer.Option(help="Where their consent comes from, for the record; needed with --confirmed."),
]


@app.command("subscribers")
def list_subscribers(
    *,
    addresses: Annotated[
        bool, typer.Option("--addresses", help="List everyone with their address instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Count subscribers by status and language."""
    if addresses:
        _list_addresses(as_json=as_json)
        return
    with store() as database, database.read() as session:
        rows = subscribers.counts(session)
    if as_json:
        print_json([{"status": s.value, "language": lang, "count": n} for s, lang, n in rows])
        return
    for status, language, count in rows:
        console.print(f"{count:>9,}  {status.value:<12} {language}")
    if not rows:
        console.print("No subscribers yet. `paperround subscribe --help` tells how to add some.")


@app.command()
def subscribe(  # noqa: PLR0913 - a command's options
    address: Annotated[str | None, typer.Argument(help="The reader's email address.")] = None,
    *,
    file: Annotated[
        Path | None, typer.Option(help="A CSV file with the columns address, name, language, zone.")
    ] = None,
    language: Annotated[str, typer.Option(help="Language of their edition.")] = "en",
    name: Annotated[str | None, typer.Option(help="Their name.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="Their time zone, such as Europe/Amsterdam.")
    ] = None,
    confirmed: Annotated[
        bool,
        typer.Option("--confirmed", help="You hold their consent; no confirmation mail is sent."),
    ] = False,
    source: Source = "",
) -> None:
    """Add a reader, or many from a CSV file.

    Without --confirmed they get a mail in which they confirm. A file is taken whole or not at all.
    """
    if (address is None) == (file is None):
        raise fail("Give either an address or --file CSV.")
    if confirmed and not source.strip():
        raise fail('Say where their consent comes from: --source "signed up at the workshop".')
    if file and not confirmed:
        raise fail(
            "A file needs --confirmed and --source: you must hold the consent of everyone in it."
        )
    if file:
        _add(_from_csv(file, language), source.strip())
        return
    reader = subscribers.checked_reader(NewSubscriber(address or "", name, language, zone))
    if confirmed:
        _add([reader], source.strip())
    else:
        _ask(reader)


@app.command()
def unsubscribe(
    address: Annotated[str, typer.Argument(help="The reader's email address.")],
) -> None:
    """End a reader's subscription at their wish."""
    with store() as database, database.write() as session:
        reader = _known(subscribers.find(session, address))
        subscribers.unsubscribe(session, reader.id or 0, source="operator", now=datetime.now(UTC))
    console.print("Unsubscribed.")


@app.command()
def forget(
    address: Annotated[str, typer.Argument(help="The reader's email address.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a reader's address and name for good; only a keyed hash stays, so that they are never mailed again."""
    with store() as database:
        with database.read() as session:
            _known(subscribers.find(session, address))
        if not yes:
            typer.confirm("This cannot be undone. Go on?", abort=True)
        with database.write() as session:
            reader = _known(subscribers.find(session, address))
            subscribers.forget(
                session,
                reader,
                hash_address=_tokens().hash_address,
                source="operator",
                now=datetime.now(UTC),
            )
    console.print("Forgotten.")


def _list_addresses(*, as_json: bool) -> None:
    with store() as database, database.read() as session:
        rows = [
            {
                "address": it.address,
                "name": it.name,
                "language": it.language,
                "status": it.status.value,
                "source": it.source,
            }
            for it in subscribers.listed(session)
        ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        console.print(
            f"{row['status']:<12} {row['language']:<6} {row['address']}",
            markup=False,
            soft_wrap=True,
        )


def _add(readers: list[NewSubscriber], source: str) -> None:
    with store(new=True) as database, database.write() as session:
        brought = subscribers.add_confirmed(
            session,
            readers,
            source=source,
            now=datetime.now(UTC),
            hashes=_tokens().hash_address_ring,
        )
    console.print(f"{brought.added} added, {brought.known} known already.")
    if brought.confirmed:
        console.print(
            f"{brought.confirmed} were waiting for their confirmation and are active now."
        )
    if brought.blocked:
        console.print(f"{brought.blocked} must never be mailed again and were left out.")


def _ask(reader: NewSubscriber) -> None:
    with store(new=True) as database, database.write() as session:
        asked = subscribers.ask(
            session,
            reader.address,
            language=reader.language,
            name=reader.name,
            zone=reader.zone,
            source="operator",
            wording="added by the operator; asked to confirm by mail",
            now=datetime.now(UTC),
            hashes=_tokens().hash_address_ring,
        )
    match asked:
        case Asked.QUEUED:
            console.print("A confirmation mail goes out while `paperround serve` runs.")
        case Asked.RECENT:
            console.print("They were asked less than a day ago; nothing is mailed again today.")
        case Asked.ACTIVE:
            console.print("They are subscribed already.")
        case Asked.BLOCKED:
            raise fail(
                "This address must never be mailed again: its reader complained or was forgotten."
            )
        case _:
            assert_never(asked)


def _known(subscriber: Subscriber | None) -> Subscriber:
    if subscriber is None:
        raise fail("No subscriber has this address. Check the spelling.")
    return subscriber


def _tokens() -> Tokens:
    return Tokens(key_ring(settings()))


def _from_csv(path: Path, language: str) -> list[NewSubscriber]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise fail(f"{path} cannot be read: {reason}. Give a CSV file in UTF-8.") from error
    if not rows or "address" not in rows[0]:
        raise fail(
            f"{path} has no column `address`, or no reader. Its first line must be: "
            "address,name,language,zone"
        )
    readers, wrong = [], []
    for line, row in enumerate(rows, 2):
        given = NewSubscriber(
            row["address"] or "",
            row.get("name"),
            (row.get("language") or "").strip() or language,
            row.get("zone"),
        )
        try:
            readers.append(subscribers.checked_reader(given))
        except (AddressError, ReaderError) as error:
            wrong.append(f"line {line}: {error}")
    if wrong:
        more = f"\nand {len(wrong) - MOST_NAMED} more" if len(wrong) > MOST_NAMED else ""
        raise fail(f"{path}: nothing was added.\n" + "\n".join(wrong[:MOST_NAMED]) + more)
    return readers
