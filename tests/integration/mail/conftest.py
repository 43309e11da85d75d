"""Real SMTP servers on this machine: aiosmtpd, Postfix's smtp-sink, and one that misbehaves as told."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from mailer.compiler import IssueCompiler
from mailer.connect import SmtpSettings
from mailer.identity import MailIdentity
from mailer.relay import Limits, Relay, Server
from mailer.sender import MailSender
from mailer.tokens import Tokens
from publisher.prose import to_html, to_text

ISSUES = Path(__file__).resolve().parents[2] / "support" / "mail_issues.json"


@pytest.fixture
def mail_issue():
    """Give a function that makes the issue in a language, fresh each time."""
    return lambda language: json.loads(ISSUES.read_text(encoding="utf-8"))[language]


@pytest.fixture
def identity():
    return MailIdentity(
        newsletter="The Round",
        sender_name="The Round",
        sender_address="news@example.org",
        reply_to="editor@example.org",
        base_url="https://news.example.org",
        list_id="newsletter.example.org",
        unsubscribe_address="unsubscribe@example.org",
        postal_address="1 Example Street, Amsterdam",
        message_id_domain="example.org",
        bounce_domain="bounce.example.org",
    )


@pytest.fixture
def tokens():
    return Tokens([b"k" * 32])


@pytest.fixture
async def make_sender(identity, tokens):
    """Give a function that makes a sender to a port; all are closed in the end."""
    made = []

    def make(port, *, who=identity, timeout_s=5.0, **settings):
        settings = {"tls": "none", **settings}
        smtp = SmtpSettings(
            "127.0.0.1", port, timeout_s=timeout_s, local_name="test.example", **settings
        )
        made.append(Relay(smtp, Limits(connections=1)))
        return MailSender(made[-1], IssueCompiler(who, to_html, to_text), tokens)

    yield make
    for relay in made:
        await relay.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Make a certificate for 127.0.0.1 with the openssl program: (certificate, key)."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl SKIPPED: the program is not here; install the package openssl")
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
async def relay():
    """Give a function that makes a relay over servers; it is closed in the end."""
    made = []

    def make(*servers: Server, connections: int = 4, **limits: int):
        made.append(Relay(servers, Limits(connections=connections, **limits)))
        return made[-1]

    yield make
    for one in made:
        await one.close()


class Inbox:
    """Keeps what arrives: (envelope sender, recipients, bytes)."""

    def __init__(self):
        self.mails = []
        self.connections = 0

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 2.0.0 taken"

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        return responses


@pytest.fixture
async def inbox_server(certificate):
    """Give a function that starts aiosmtpd: (inbox, port)."""
    servers = []

    async def start(*, tls=None, auth=None, smtputf8=True, hide_starttls=False):
        inbox = Inbox()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)

        def authenticate(_server, _session, _envelope, _mechanism, given):
            right = auth is not None and (given.login.decode(), given.password.decode()) == auth
            return AuthResult(success=right, handled=False)

        def protocol():
            inbox.connections += 1
            return SMTP(
                inbox,
                hostname="mx.test",
                enable_SMTPUTF8=smtputf8,
                tls_context=context if tls == "starttls" and not hide_starttls else None,
                require_starttls=tls == "starttls" and not hide_starttls,
                authenticator=authenticate if auth else None,
                auth_required=auth is not None,
                auth_require_tls=tls == "starttls",
            )

        loop = asyncio.get_running_loop()
        over = {"ssl": context} if tls == "tls" else {}
        server = await loop.create_server(protocol, "127.0.0.1", 0, **over)
        servers.append(server)
        return inbox, server.sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()
    await asyncio.sleep(0.01)


class Actor:
    """An SMTP server that plays a part: a reply by the verb, `drop` to hang up, `hang` to say nothing.

    The key `.` is the reply to the final dot. A list is played one by one, its last for ever.
    """

    def __init__(self, part):
        self.part = {
            verb: said if isinstance(said, list) else [said] for verb, said in part.items()
        }
        self.mails, self.connections, self.said = [], 0, []

    def _next(self, verb, default):
        lines = self.part.get(verb, [default])
        return lines.pop(0) if len(lines) > 1 else lines[0]

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            if not await self._answer(writer, "connect", "220 actor.test"):
                return
            while line := await reader.readline():
                verb = line.split(b" ")[0].strip().decode().upper()
                self.said.append(line.strip().decode())
                default = "354 go" if verb == "DATA" else "250 2.0.0 ok"
                if not await self._answer(writer, verb, default):
                    return
                if verb == "QUIT":
                    return
                taken = verb == "DATA" and self.last.startswith("354")
                if taken and not await self._read_content(reader, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _read_content(self, reader, writer):
        if "half" in self.part:
            await reader.readexactly(100)
            if await self._answer(writer, "half", "drop"):
                await reader.read()  # hanging up on unread bytes would take the reply back
            return False
        content = await reader.readuntil(b"\r\n.\r\n")
        self.mails.append(content)
        return await self._answer(writer, ".", "250 2.0.0 taken")

    async def _answer(self, writer, verb, default):
        self.last = self._next(verb, default)
        if self.last == "drop":
            writer.transport.abort()
            return False
        if self.last == "hang":
            await asyncio.sleep(30)
            return False
        writer.write(self.last.replace("\n", "\r\n").encode(errors="surrogateescape") + b"\r\n")
        await writer.drain()
        return not self.last.startswith("421")


@pytest.fixture
async def actor():
    """Give a function that starts an actor: (actor, port)."""
    started = []

    async def start(**part):
        player = Actor({verb.replace("dot", "."): said for verb, said in part.items()})
        tasks = set()

        def accept(reader, writer):
            task = asyncio.get_running_loop().create_task(player.serve(reader, writer))
            tasks.add(task)

        server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=2**22)
        started.append((server, tasks))
        return player, server.sockets[0].getsockname()[1]

    yield start
    for server, tasks in started:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


@pytest.fixture
async def listen():
    """Give a function that starts a server which serves each connection with a coroutine: its port."""
    started, tasks = [], set()

    async def start(serve, **more):
        async def served(reader, writer):
            try:
                await serve(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                pass  # the client has hung up
            finally:
                writer.transport.abort()

        def accept(*streams):
            tasks.add(asyncio.ensure_future(served(*streams)))

        started.append(await asyncio.start_server(accept, "127.0.0.1", 0, **more))
        return started[-1].sockets[0].getsockname()[1]

    yield start
    for it in started:
        it.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def sink(port, *options):
    process = start_sink(port, *options)
    try:
        await _listening(port)
        yield
    finally:
        process.terminate()
        process.wait()


def start_sink(port, *options):
    program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    if not Path(program).exists():
        pytest.skip("smtp-sink SKIPPED: the program is not here; install the package postfix")
    return subprocess.Popen(
        [program, "-u", "nobody", *options, f"inet:127.0.0.1:{port}", "100"],
        stderr=subprocess.DEVNULL,
    )


async def _listening(port):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    pytest.fail("smtp-sink does not listen")


@pytest.fixture
def smtp_sink(free_port):
    """Give a function that starts smtp-sink with options, as an async context: it yields nothing."""
    return free_port, lambda *options: sink(free_port, *options)
