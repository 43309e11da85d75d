"""The secret key that signs links: given by a setting, or made once and kept readable for its owner alone."""

from __future__ import annotations

import os
import secrets
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
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        return path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(
            f"The secret key cannot be kept in {folder}: {error.strerror}. "
            "Set PAPERROUND_DATA_DIR to a folder that can be written to, or PAPERROUND_SECRET_KEY."
        ) from error


def _make(path: Path) -> None:
    # Written aside and linked into place: two processes that start at once end up with one key.
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
