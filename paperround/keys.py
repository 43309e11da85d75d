"""The secret key that signs links, given by a setting or made once; and files that only their owner can read."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from paperround.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from paperround.settings import Settings

FILE_NAME = "secret.key"


def key_ring(settings: Settings) -> list[bytes]:
    """Give the keys, the one that signs first.

    Raises:
        SettingsError: The data folder cannot be written to.
    """
    first = (
        settings.secret_key.get_secret_value().encode()
        if settings.secret_key
        else _kept_key(settings.data_dir)
    )
    return [first, *(key.get_secret_value().encode() for key in settings.old_secret_keys)]


def _kept_key(folder: Path) -> bytes:
    path = folder / FILE_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        return path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(
            f"The secret key cannot be kept in {folder}: {error.strerror}. "
            "Set PAPERROUND_DATA_DIR to a folder that can be written to, or PAPERROUND_SECRET_KEY."
        ) from error


def _make(path: Path) -> None:
    # Of two processes that start at once, one comes too late and takes the other's key.
    with suppress(FileExistsError):
        write_private(path, secrets.token_hex(32).encode())


def write_private(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a file that only its owner can read; it is there whole or not at all.

    Args:
        path: The file.
        content: What it holds.
        replace: Whether to write over one that is there.

    Raises:
        FileExistsError: There is one, and it was not to be replaced.
        OSError: It cannot be written.
    """
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            aside.replace(path)
        else:
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)
