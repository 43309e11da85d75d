"""What the command line reports in one or two plain lines; a class's docstring is its default message."""


class UserError(Exception):
    """What was given cannot be used."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class SettingsError(UserError):
    """A setting is wrong or missing."""


class EmbeddingsError(UserError):
    """Texts could not be embedded."""


class NotReadyError(EmbeddingsError):
    """What embeds is being loaded or is busy; nothing is wrong with it."""
