"""A process that runs the embedded engine towards an SMTP server, for tests that kill it.

Usage: drive_workers.py DATABASE_URL DATA_DIR SMTP_PORT WORKERS. Ends by itself, with 0, when nothing is
left to do; on SIGTERM it stops cleanly.
"""

import asyncio
import hashlib
import signal
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import structlog
from sqlmodel import col, select

from publisher.engines.embedded import EmbeddedEngine
from publisher.pace import Pace
from storage.database import Database
from storage.enums import Medium, SendStatus
from storage.tables import Send

PACE = Pace(
    tick_seconds=0.1,
    poll_seconds=0.05,
    recover_seconds=0.3,
    retry_first_seconds=0.3,
    retry_cap_seconds=1,
    reconnect_first_seconds=0.1,
    reconnect_cap_seconds=0.5,
)


@dataclass(frozen=True)
class Reply:
    verdict: str
    code: str = ""
    text: str = ""
    remote_id: str | None = None
    retry_after: float | None = None


class PlainSender:
    """The smallest honest sender: one message after the other over one connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.smtp: aiosmtplib.SMTP | None = None

    async def prepare(self, issue) -> None:
        self.subject = issue["title"]

    async def hand_off(self, copy) -> Reply:
        message_id = f"<{copy.send_id}.{copy.recipient_id}@paperround.test>"
        message = EmailMessage()
        message["From"], message["To"] = "news@paperround.test", copy.address
        message["Subject"], message["Message-ID"] = self.subject, message_id
        message.set_content("An issue.")
        try:
            if self.smtp is None or not self.smtp.is_connected:
                self.smtp = aiosmtplib.SMTP(
                    hostname="127.0.0.1", port=self.port, use_tls=False, start_tls=False
                )
                await self.smtp.connect()
        except aiosmtplib.SMTPException as error:
            self.smtp = None
            return Reply("transient", text=type(error).__name__)
        try:
            await self.smtp.send_message(message)
        except aiosmtplib.SMTPResponseException as error:
            verdict = "transient" if error.code < 500 else "permanent"
            return Reply(verdict, f"{error.code} {error.message[:5]}", error.message)
        except aiosmtplib.SMTPException as error:
            return Reply("unknown", text=type(error).__name__)
        return Reply("accepted", "250 2.0.0", "taken", message_id)

    async def close(self) -> None:
        if self.smtp is not None and self.smtp.is_connected:
            await self.smtp.quit()


def log_to_stderr() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


async def main(url: str, data_dir: str, port: int, workers: int) -> None:
    database, stop = Database(url), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    engine = EmbeddedEngine(
        database,
        {Medium.EMAIL: lambda: PlainSender(port)},
        data_dir=Path(data_dir),
        hash_address=lambda address: hashlib.sha256(address.encode()).hexdigest(),
        workers={Medium.EMAIL: workers},
        pace=PACE,
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    watch = asyncio.create_task(stop_when_done(database, stop))
    await engine.run(stop)
    await watch
    database.close()


async def stop_when_done(database: Database, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if not await database.reading(is_work_left):
            stop.set()
        await asyncio.sleep(0.1)


def is_work_left(session) -> bool:
    open_ = (SendStatus.SCHEDULED, SendStatus.SENDING, SendStatus.PAUSED)
    return session.exec(select(Send.id).where(col(Send.status).in_(open_))).first() is not None


if __name__ == "__main__":
    log_to_stderr()
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
