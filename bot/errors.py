"""What can go wrong between us and Discord; a class's docstring is its default message."""


class BotError(Exception):
    """Discord could not be used."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or " ".join((self.__doc__ or "").split()))


class TokenRefusedError(BotError):
    """Discord refuses the bot's token.

    Copy it again from the Bot page of the Developer Portal into PAPERROUND_DISCORD_TOKEN.
    """


class GatewayRefusedError(BotError):
    """Discord's gateway closed the connection for good."""
