"""Where settings come from besides arguments and the environment: files of secrets, and the TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperround.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PREFIX = "PAPERROUND_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
DEFAULT_CONFIG = Path("paperround.toml")
SECRETS = frozenset(
    {
        "database_url",
        "secret_key",
        "old_secret_keys",
        "smtp_password",
        "discord_token",
        "embeddings_key",
    }
)


def refuse_unknown(environment: Mapping[str, str], names: Collection[str]) -> None:
    """Refuse variables that look like settings and are none, given the names of all settings.

    Raises:
        SettingsError: There are such; names each.
    """
    known = {f"{PREFIX}{name.upper()}" for name in names} | {CONFIG_VARIABLE}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}
    unknown = sorted(n for n in environment if n.startswith(PREFIX) and n not in known)
    if unknown:
        raise SettingsError(
            f"There is no setting {', '.join(unknown)}. `paperround settings` lists all there are."
        )


def secrets_from_files(environment: Mapping[str, str]) -> dict[str, Any]:
    """Read the secrets that lie in files of their own, by setting.

    Raises:
        SettingsError: A file cannot be read.
    """
    found: dict[str, Any] = {}
    for name in SECRETS:
        variable = f"{PREFIX}{name.upper()}_FILE"
        if variable in environment:
            try:
                found[name] = Path(environment[variable]).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                raise SettingsError(
                    f"{variable} names {environment[variable]}, which cannot be read: {reason}. "
                    "Name a readable text file that holds only the secret."
                ) from error
    return found


def from_toml(environment: Mapping[str, str]) -> dict[str, Any]:
    """Read the TOML file, by setting; nothing where none is named and the usual one is not there.

    Raises:
        SettingsError: It cannot be read, or is not TOML.
    """
    path = Path(environment.get(CONFIG_VARIABLE, DEFAULT_CONFIG))
    if not path.exists() and CONFIG_VARIABLE not in environment:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(
            f"The settings file {path} cannot be read: {reason}. "
            f"Name a readable TOML file by {CONFIG_VARIABLE}."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error
