"""The keys that sign mail (DKIM), read from the files that the settings name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.dkim import Signer
from mailer.dkim_keys import SigningKey
from mailer.errors import DkimError
from paperround.errors import SettingsError
from paperround.setting_sources import PREFIX

if TYPE_CHECKING:
    from pathlib import Path

    from paperround.settings import Settings

OPEN_TO_OTHERS = 0o027  # anybody may read, or more than the owner may write; a group may read


def signer(settings: Settings) -> Signer | None:
    """Give what signs each mail; None where no key is set.

    Raises:
        SettingsError: A key cannot be used.
    """
    keys = signing_keys(settings)
    days = settings.dkim_lifetime_days
    return Signer(keys, lifetime=timedelta(days=days) if days else None) if keys else None


def signing_keys(settings: Settings) -> list[SigningKey]:
    """Read the keys that are set, RSA first.

    Raises:
        SettingsError: One cannot be read, is open to others, or is of another kind than its setting says.
    """
    keys = []
    for name, kind in (("dkim", "rsa"), ("dkim_ed25519", "ed25519")):
        selector, path = (
            getattr(settings, f"{name}_selector"),
            getattr(settings, f"{name}_key_file"),
        )
        if selector is None or path is None:
            continue
        variable = f"{PREFIX}{name.upper()}_KEY_FILE"
        try:
            key = SigningKey(signing_domain(settings), selector, _read(path, variable))
        except DkimError as error:
            raise SettingsError(f"{variable} names {path}: {error}") from error
        if key.kind != kind:
            raise SettingsError(f"{variable} names {path}, which is a key of the kind {key.kind}.")
        keys.append(key)
    return keys


def signing_domain(settings: Settings) -> str:
    """Give the domain that signs: the one set, else the sender's.

    Raises:
        SettingsError: There is neither.
    """
    if settings.dkim_domain:
        return settings.dkim_domain
    if settings.sender_address:
        return settings.sender_address.rpartition("@")[2]
    raise SettingsError(
        "There is no domain to sign for. Set PAPERROUND_SENDER_ADDRESS or PAPERROUND_DKIM_DOMAIN."
    )


def _read(path: Path, variable: str) -> bytes:
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{variable} names {path}, which cannot be read: {error.strerror}. "
            "Name the file that `paperround dkim keygen` wrote."
        ) from error
    if mode & OPEN_TO_OTHERS:
        raise SettingsError(
            f"{variable} names {path}, which others can read or write (mode {mode & 0o777:03o}): "
            f"whoever reads it can send mail in your name. Run: chmod 600 {path}"
        )
    return content
