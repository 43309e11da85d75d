"""The settings: what may be set, by environment or TOML file, and what is said about a wrong one.

This is the only place that reads the environment; `setting_values` reads single values. Each setting
`name` is `PAPERROUND_NAME` in the environment and `name = …` in the TOML file; the environment wins. A
secret may also lie in a file of its own, named by `PAPERROUND_NAME_FILE`, as container platforms hand
them out.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from paperround.errors import SettingsError
from paperround.setting_sources import PREFIX, from_toml, refuse_unknown, secrets_from_files
from paperround.setting_values import (
    DomainLimit,
    Endpoint,
    Hours,
    Mailbox,
    MailLimit,
    MailServer,
    MailServers,
    OneLine,
    WebAddress,
    Zone,
    read_mail_servers,
    several,
)

MIN_KEY_LENGTH = 32
_LISTS = ("old_secret_keys", "mail_limits", "mail_domain_limits")


class Settings(BaseSettings):
    """Everything that can be set; the descriptions are the reference in `docs/reference/settings.md`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_file=None)

    data_dir: Path = Field(
        default=Path("paperround-data"),
        description="Folder for what the process keeps besides the database: the SQLite file, the "
        "in-flight marks, the generated secret key.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`. Default: "
        "`paperround.sqlite3` in the data folder.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Signs unsubscribe and confirmation links; 32 characters or more. Default: made "
        "once and kept in the data folder.",
    )
    old_secret_keys: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list,
        description="Former secret keys, separated by commas; links signed with them stay valid.",
    )

    newsletter_name: OneLine | None = Field(
        default=None, description="Name of the newsletter. Default: the one in the newest edition."
    )
    default_language: str = Field(
        default="en", description="Language of pages for readers who ask for none."
    )
    home_zone: Zone = Field(
        default="UTC", description="Time zone in which times are given where none is named."
    )
    postal_address: str | None = Field(
        default=None,
        description="Postal address in the footer of every mail; many countries require one.",
    )

    base_url: WebAddress = Field(
        default="http://127.0.0.1:8080",
        description="Address under which readers reach the web pages; it stands in every mail.",
    )
    web_host: str = Field(
        default="127.0.0.1", description="Address on which the web pages are served."
    )
    web_port: int = Field(
        default=8080, ge=0, le=65535, description="Port on which the web pages are served."
    )

    sender_address: Mailbox | None = Field(
        default=None, description="Address in From. Mail is off until this and `smtp_host` are set."
    )
    sender_name: OneLine | None = Field(
        default=None, description="Name in From. Default: the newsletter's."
    )
    reply_to: Mailbox | None = Field(
        default=None, description="Address for replies, if not the sender's."
    )
    unsubscribe_address: Mailbox | None = Field(
        default=None,
        description="Mailbox in List-Unsubscribe. Default: `unsubscribe` at the sender's domain.",
    )
    list_id: str | None = Field(
        default=None,
        description="List-Id (RFC 2919); choose once and keep for ever. Default: `newsletter.` and the "
        "sender's domain.",
    )
    message_id_domain: str | None = Field(
        default=None, description="Right side of Message-IDs. Default: the sender's domain."
    )
    bounce_domain: str | None = Field(
        default=None,
        description="Domain of the envelope senders that catch bounces. Default: none, bounces go to the sender.",
    )

    dkim_selector: str | None = Field(
        default=None,
        description="Names our RSA key in DNS; `paperround dkim keygen` says which. Mail is signed (DKIM) "
        "once this and `dkim_key_file` are set.",
    )
    dkim_key_file: Path | None = Field(
        default=None,
        description="The private RSA key (PEM, 2048 bits or more); nobody but us may read it.",
    )
    dkim_ed25519_selector: str | None = Field(
        default=None, description="Names our Ed25519 key in DNS, for a second signature (RFC 8463)."
    )
    dkim_ed25519_key_file: Path | None = Field(
        default=None, description="The private Ed25519 key (PEM); nobody but us may read it."
    )
    dkim_domain: str | None = Field(
        default=None,
        description="Domain that signs; for DMARC it must share the sender's organisation. Default: the "
        "sender's domain.",
    )
    dkim_lifetime_days: int | None = Field(
        default=None,
        ge=1,
        description="Days after which a signature no longer holds. Default: it holds for ever.",
    )

    client_rules: Path | None = Field(
        default=None,
        description="File of what mail programs lack, laid over our own table in `paperround check`: the JSON of "
        "caniemail.com, or TOML in the form of `mailer/preflight/clients.toml`.",
    )

    smtp_host: MailServers | None = Field(
        default=None,
        description="Mail server that takes our mail, or several, separated by commas: `HOST`, `HOST:PORT`, and "
        "behind either `*WEIGHT` (1 where none is named): its share of the connections. Of weight 0 is one "
        "that serves while none of the others can be reached.",
    )
    smtp_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Its port. Default: 465 with `tls`, 587 with `starttls`, 25 with `none`.",
    )
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        default="starttls",
        description="`tls` from the first byte, `starttls`, or `none` (for a relay on this machine).",
    )
    smtp_ca_file: Path | None = Field(
        default=None, description="Certificates to trust instead of the system's."
    )
    smtp_user: str | None = Field(default=None, description="User name for AUTH.")
    smtp_password: SecretStr | None = Field(default=None, description="Password for AUTH.")
    smtp_timeout: float = Field(default=60.0, gt=0, description="Seconds to wait for a reply.")
    smtp_connections: int = Field(
        default=4, ge=1, le=100, description="Connections kept open at once, by each process."
    )
    smtp_window: int = Field(
        default=8,
        ge=1,
        le=100,
        description="Messages under way at once on a connection to a server that offers CHUNKING. A crash may "
        "leave as many on each connection of which nobody knows whether they were taken.",
    )

    mail_limits: Annotated[list[MailLimit], NoDecode] = Field(
        default_factory=list,
        description="How fast mail of issues leaves at most: `50/s`, `20000/h` or both, separated by commas; of "
        "each process.",
    )
    mail_domain_limits: Annotated[list[DomainLimit], NoDecode] = Field(
        default_factory=list,
        description="The same for receiving domains, separated by commas: `gmail.com=20/s, gmail.com=40000/h, "
        "*=100/s`; `*` stands for each domain that is not named.",
    )
    quiet_hours: Hours | None = Field(
        default=None,
        description="When no mail of issues leaves, such as `22:00-07:00`, on the clock of `home_zone`. Default: none.",
    )
    warm_up_from: date | None = Field(
        default=None,
        description="First day (UTC) of warming up a sender that receivers do not know yet, such as 2026-12-01. "
        "Default: no warm-up.",
    )
    warm_up_messages: int = Field(
        default=500, ge=1, description="Messages on the first day of warming up, spread over it."
    )
    warm_up_growth: float = Field(
        default=1.5, ge=1, le=10, description="By how much each day of warming up sends more."
    )

    discord_token: SecretStr | None = Field(
        default=None, description="Token of the Discord bot. Discord is off until it is set."
    )
    discord_api_url: WebAddress | None = Field(
        default=None, description="Another address of Discord's API, for tests."
    )
    discord_gateway_url: str | None = Field(
        default=None, description="Another address of Discord's gateway, for tests."
    )

    embeddings_url: Endpoint | None = Field(
        default=None,
        description="Finds by meaning too: address of an embeddings endpoint that speaks as OpenAI's does, such as "
        "`http://localhost:11434/v1`, or `local` for a sentence-transformers model in this process. Off until it "
        "is set.",
    )
    embeddings_model: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Name of the embeddings model; with `local`, its name or folder.",
    )
    embeddings_key: SecretStr | None = Field(
        default=None, description="Key of the embeddings endpoint, where it wants one."
    )

    log_format: Literal["text", "json"] = Field(
        default="text", description="`text` for people, `json` for machines."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe event to log."
    )

    @model_validator(mode="before")
    @classmethod
    def _split(cls, values: Any) -> Any:  # noqa: ANN401 - pydantic hands over what it was given
        if isinstance(values, dict):
            lists = {name: several(values[name]) for name in _LISTS if name in values}
            return {**values, **lists}
        return values

    @model_validator(mode="after")
    def _belongs_together(self) -> Settings:
        if self.smtp_host and not self.sender_address:
            raise ValueError(
                "sender_address|smtp_host is set, but no sender: set the address that stands in From"
            )
        if self.sender_address and not self.smtp_host:
            raise ValueError(
                "smtp_host|sender_address is set, but no mail server: name the one that takes our mail"
            )
        if self.smtp_password and not self.smtp_user:
            raise ValueError("smtp_user|smtp_password is set, but no user to go with it")
        self._embeddings_belong_together()
        if self.secret_key and len(self.secret_key.get_secret_value()) < MIN_KEY_LENGTH:
            raise ValueError(
                f"secret_key|it has fewer than {MIN_KEY_LENGTH} characters: make one with `openssl rand -hex 32`"
            )
        return self

    @model_validator(mode="after")
    def _keys_belong_together(self) -> Settings:
        for name in ("dkim", "dkim_ed25519"):
            selector, file = getattr(self, f"{name}_selector"), getattr(self, f"{name}_key_file")
            if file and not selector:
                raise ValueError(f"{name}_selector|{name}_key_file is set, but not its name in DNS")
            if selector and not file:
                raise ValueError(
                    f"{name}_key_file|{name}_selector is set, but no key to go with it"
                )
        if self.dkim_ed25519_selector and not self.dkim_selector:
            raise ValueError(
                "dkim_selector|there is an Ed25519 key only, which many receivers cannot verify: set an RSA key too"
            )
        if self.dkim_selector and self.dkim_selector == self.dkim_ed25519_selector:
            raise ValueError("dkim_ed25519_selector|each key needs a name of its own")
        return self

    def _embeddings_belong_together(self) -> None:
        if self.embeddings_url and not self.embeddings_model:
            raise ValueError(
                "embeddings_model|embeddings_url is set, but no model: name the one to use"
            )
        if self.embeddings_model and not self.embeddings_url:
            raise ValueError(
                "embeddings_url|embeddings_model is set, but not where it is: name an endpoint, or local"
            )
        if self.embeddings_key and self.embeddings_url in {None, "local"}:
            raise ValueError("embeddings_url|embeddings_key is set, but no endpoint to go with it")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Ask, in this order: arguments, environment, secret files, TOML file."""
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, secrets_from_files(os.environ)),
            InitSettingsSource(settings_cls, from_toml(os.environ)),
        )

    @property
    def database(self) -> str:
        """The database URL, the default filled in."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'paperround.sqlite3'}"

    @property
    def mail_is_on(self) -> bool:
        """Whether mail can be sent."""
        return self.smtp_host is not None and self.sender_address is not None

    @property
    def mail_servers(self) -> list[MailServer]:
        """The places in `smtp_host`, in their order."""
        return read_mail_servers(self.smtp_host) if self.smtp_host else []

    @property
    def smtp_port_or_default(self) -> int:
        """The port, by the kind of TLS where none is set."""
        return self.smtp_port or {"tls": 465, "starttls": 587, "none": 25}[self.smtp_tls]


class GivenSettings(Settings):
    """Settings that come from nowhere but the arguments; the demo's, so that nothing leaves the machine."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Ask the arguments alone."""
        return (init_settings,)


def load_settings(**given: object) -> Settings:
    """Read the settings once.

    Raises:
        SettingsError: Names each wrong setting, where it was set, and the remedy.
    """
    refuse_unknown(os.environ, Settings.model_fields)
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""  # not the place in a list
        message = problem["msg"].removeprefix("Value error, ")
        if not name and "|" in message:
            name, message = message.split("|", 1)
        if problem["type"] == "extra_forbidden":
            lines.append(
                f"There is no setting {name!r}. `paperround settings` lists all there are."
            )
        else:
            lines.append(f"Setting {PREFIX}{name.upper()} ({name} in the TOML file): {message}.")
    return "\n".join(lines)
