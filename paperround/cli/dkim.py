"""The commands `dkim keygen` and `dkim check`: make a key that signs mail, compare DNS with those that are set."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.dkim_keys import SigningKey, make_key
from mailer.dkim_record import check_records, zone_lines
from mailer.errors import DkimError
from paperround.cli.app import app, console, fail, print_json, remarks, settings
from paperround.dns_text import texts_in_dns, texts_in_zone
from paperround.keys import write_private
from paperround.setting_sources import PREFIX
from paperround.signing import signing_domain, signing_keys

if TYPE_CHECKING:
    from mailer.dkim_record import Finding

FAILED = 1
STYLES = {"pass": "green", "warn": "yellow", "fail": "bold red"}

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

dkim = typer.Typer(no_args_is_help=True, help="Sign mail (DKIM): make keys, check what DNS says.")
app.add_typer(dkim, name="dkim")


@dkim.command()
def keygen(  # noqa: PLR0913 - a command's options
    *,
    selector: Annotated[
        str | None, typer.Option(help="Names the key in DNS. Default: `pr` and year and month.")
    ] = None,
    ed25519: Annotated[
        bool, typer.Option("--ed25519", help="Make an Ed25519 key, for a second signature.")
    ] = False,
    domain: Annotated[
        str | None, typer.Option(help="Domain that signs. Default: the one of the settings.")
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option(help="Folder for the key. Default: the data folder.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a key of that name; the old one is lost.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a private key that only you can read, and print the DNS record that belongs to it.

    Publish the record, set the settings that are named, and run `paperround dkim check`. A new key
    takes a new selector: leave the old record in place for some weeks, mail under way needs it.
    """
    pem = make_key("ed25519" if ed25519 else "rsa")
    domain = domain or signing_domain(settings())
    try:
        key = SigningKey(domain, selector or _this_month(ed25519=ed25519), pem)
    except DkimError as error:
        raise fail(str(error)) from error
    path = (output_dir or settings().data_dir) / f"dkim-{key.selector}.pem"
    _write(path, pem, force=force)
    to_set = _to_set(key, path)
    if as_json:
        print_json({"file": str(path), "record": _record(key), "settings": to_set})
        return
    remarks.print(f"The private key is in {path}. The record for DNS:", markup=False)
    typer.echo(zone_lines(key))
    remarks.print("Once it is published, set:")
    for variable, value in to_set.items():
        remarks.print(f"  {variable}={value}", markup=False, soft_wrap=True)


@dkim.command()
def check(
    *,
    zone: Annotated[
        typer.FileText | None,
        typer.Option(
            metavar="FILE",
            encoding="utf-8-sig",
            errors="replace",  # a comment may be in any encoding; what counts is ASCII
            help="A zone file (BIND), or - for standard input, instead of asking DNS.",
        ),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(
            help="Domain that names in the zone file belong to. Default: the one that signs."
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(help="IP address of the DNS server to ask. Default: this machine's."),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 53,
    as_json: AsJson = False,
) -> None:
    """Compare the DNS record of each key that is set with the key; exit 1 if mail signed with it would fail."""
    keys = signing_keys(settings())
    if not keys:
        raise fail(
            "No key is set. Make one with `paperround dkim keygen`, then set PAPERROUND_DKIM_SELECTOR "
            "and PAPERROUND_DKIM_KEY_FILE."
        )
    text = zone.read() if zone else None
    found = {
        key: check_records(
            key,
            texts_in_dns(key.record_name, server, port)
            if text is None
            else texts_in_zone(text, key.record_name, origin or key.domain),
        )
        for key in keys
    }
    if as_json:
        print_json([_told(key, findings) for key, findings in found.items()])
    else:
        for key, findings in found.items():
            _print(key, findings)
    if any(_failed(findings) for findings in found.values()):
        raise typer.Exit(FAILED)


def _this_month(*, ed25519: bool) -> str:
    return f"pr{datetime.now(UTC):%Y%m}{'e' if ed25519 else ''}"


def _write(path: Path, pem: bytes, *, force: bool) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, pem, replace=force)
    except FileExistsError as error:
        raise fail(
            f"There is a key {path} already. Name another with --selector, or replace it with --force."
        ) from error
    except OSError as error:
        raise fail(
            f"The key cannot be written to {path}: {error.strerror}. Name a folder with --output-dir."
        ) from error


def _to_set(key: SigningKey, path: Path) -> dict[str, str]:
    which = "DKIM" if key.kind == "rsa" else "DKIM_ED25519"
    to_set = {
        f"{PREFIX}{which}_SELECTOR": key.selector,
        f"{PREFIX}{which}_KEY_FILE": str(path.absolute()),
    }
    sender = settings().sender_address or ""
    if key.domain != (settings().dkim_domain or sender.rpartition("@")[2]).lower():
        to_set[f"{PREFIX}DKIM_DOMAIN"] = key.domain
    return to_set


def _record(key: SigningKey) -> dict[str, str]:
    return {"name": key.record_name, "value": key.record, "zone": zone_lines(key)}


def _failed(findings: list[Finding]) -> bool:
    return any(finding.verdict == "fail" for finding in findings)


def _told(key: SigningKey, findings: list[Finding]) -> dict[str, object]:
    return {
        "kind": key.kind,
        "ok": not _failed(findings),
        "findings": [asdict(finding) for finding in findings],
        "record": _record(key),
    }


def _print(key: SigningKey, findings: list[Finding]) -> None:
    console.print(f"{key.record_name} ({key.kind})", markup=False, soft_wrap=True)
    for finding in findings:
        console.print(f"  {finding.verdict}  ", style=STYLES[finding.verdict], end="")
        console.print(f"{finding.what} {finding.remedy}".strip(), markup=False, soft_wrap=True)
    if _failed(findings):
        typer.echo(f"The record should be:\n{zone_lines(key)}")
