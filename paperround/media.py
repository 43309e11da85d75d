"""Says which media a process with given settings does not deliver, or not now, and what to set so that it does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from mailer.preflight import Finding
from publisher.limits import QuietHours, read_hours
from storage.enums import Audience, Medium

if TYPE_CHECKING:
    from datetime import datetime

    from paperround.settings import Settings
    from publisher.schedule import Reach

REMEDIES: Final = {
    Medium.EMAIL: "set PAPERROUND_SMTP_HOST and PAPERROUND_SENDER_ADDRESS",
    Medium.DISCORD: "set PAPERROUND_DISCORD_TOKEN or PAPERROUND_DISCORD_TOKEN_FILE",
}
NAMES: Final = {Medium.EMAIL: "mail", Medium.DISCORD: "Discord"}
_OTHERS: Final = {Medium.EMAIL: Audience.DISCORD, Medium.DISCORD: Audience.EMAIL}


def media_off(settings: Settings) -> list[Medium]:
    """List the media that a process with these settings does not deliver."""
    is_on = {
        Medium.EMAIL: settings.mail_is_on,
        Medium.DISCORD: settings.discord_token is not None,
    }
    return [medium for medium, on in is_on.items() if not on]


def check_delivery(settings: Settings, reach: Reach) -> list[Finding]:
    """Judge whether whom a send reaches at this moment could be delivered to by these settings."""
    counts = {
        Medium.EMAIL: (reach.subscribers, "subscriber"),
        Medium.DISCORD: (reach.channels, "channel"),
    }
    both = reach.subscribers and reach.channels
    wrong = []
    for medium in media_off(settings):
        count, noun = counts[medium]
        if count:
            who = counted(count, noun)
            what = (
                f"{_capital(NAMES[medium])} is off by these settings, so {who} would wait for it."
            )
            other = f", or schedule for --audience {_OTHERS[medium]}" if both else ""
            remedy = f"{_capital(REMEDIES[medium])}{other}."
            wrong.append(Finding("fail", "delivery", what, remedy))
    return wrong


def wait_reason(medium: Medium) -> str:
    """Say why copies of a medium wait that is off here, and that nobody else has taken up."""
    return (
        f"{NAMES[medium]} is off by these settings, and no process has taken it up. "
        f"{_capital(REMEDIES[medium])}, and start `paperround serve` anew."
    )


def quiet_hours(settings: Settings) -> QuietHours | None:
    """Tell when no mail of issues leaves; None where it leaves at any time."""
    if settings.quiet_hours is None:
        return None
    return QuietHours(*read_hours(settings.quiet_hours), ZoneInfo(settings.home_zone))


def quiet_reason(settings: Settings, now: datetime) -> str | None:
    """Say that mail waits for the end of quiet hours, and when that is; None outside of them."""
    quiet = quiet_hours(settings)
    if quiet is None or not (left := quiet.left(now)):
        return None
    end = (now + timedelta(seconds=left)).astimezone(quiet.zone)
    return f"these are quiet hours; mail leaves again at {end:%H:%M %Z}."


def counted(count: int, noun: str) -> str:
    """Write a number with its noun: 1 channel, 2 channels."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
