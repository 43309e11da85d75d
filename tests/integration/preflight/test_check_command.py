"""`paperround check`, and what it keeps `paperround schedule` from doing, run as an operator runs them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from aiohttp import web
from sqlmodel import select
from typer.testing import CliRunner

from mailer.tokens import Tokens
from paperround.cli import app
from paperround.cli.app import settings
from paperround.errors import UserError
from publisher.errors import PublisherError
from storage import schema
from storage.database import Database
from storage.enums import EntryKind, SubscriberStatus
from storage.tables import Entry, Event, Issue, Newsletter, Subscriber
from web.app import create_app
from web.site import Site

PROJECT = Path(__file__).resolve().parents[3]
KEY = "k" * 32
BASE = {
    "SENDER_ADDRESS": "news@example.org", "SMTP_HOST": "localhost", "DATA_DIR": "data", "SECRET_KEY": KEY,
    "BASE_URL": "https://news.example.org",
}  # fmt: skip
LATER = ("--at", "2031-12-01 09:00", "--yes")


class Terminal:
    """Runs commands in this process; `2` stands for an error that is told."""

    def __init__(self, folder, monkeypatch) -> None:
        self.folder, self._monkeypatch = folder, monkeypatch
        self.set(**BASE)

    def set(self, **values) -> None:
        for name, value in values.items():
            self._monkeypatch.setenv(f"PAPERROUND_{name}", str(value))

    def unset(self, *names) -> None:
        for name in names:
            self._monkeypatch.delenv(f"PAPERROUND_{name}")

    def run(self, *arguments, code=0, typed=None):
        settings.cache_clear()
        done = CliRunner().invoke(app, arguments, input=typed)
        if code == 2:
            assert isinstance(done.exception, UserError | PublisherError), done.output
            return str(done.exception)
        assert done.exit_code == code, done.output or done.exception
        return done

    def json(self, *arguments, code=0, **more):
        return json.loads(self.run(*arguments, "--json", code=code, **more).stdout)

    def found(self, *arguments, **more):
        """Give the findings that did not pass: (level, name)."""
        said = self.json("check", *arguments, **more)
        return {(it["level"], it["name"]) for it in said["findings"] if it["level"] != "pass"}

    def write(self, act):
        store = Database("sqlite:///data/paperround.sqlite3")
        try:
            schema.upgrade(store)
            with store.write() as session:
                return act(session)
        finally:
            store.close()

    def issue(self, **values):
        """Write an issue without entries into the store."""

        def add(session):
            letter = Newsletter(slug="n", name="The Round", languages=["en"])
            session.add(letter)
            session.flush()
            session.add(Issue(**{
                "newsletter_id": letter.id, "slug": "2026-01", "language": "en", "title": "January",
                "month": date(2026, 1, 1), "month_source": "given",
                "intro": "A few words.", **values,
            }))  # fmt: skip

        Path("data").mkdir(exist_ok=True)
        self.write(add)


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PAPERROUND_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("PATH", str(tmp_path))  # no SpamAssassin, whatever is installed
    monkeypatch.chdir(tmp_path)
    yield Terminal(tmp_path, monkeypatch)
    settings.cache_clear()


@pytest.fixture
def large(terminal):
    terminal.issue(intro="A long word of thanks.\n\n" * 6000)
    return terminal


def test_our_own_samples_have_nothing_to_mend(terminal):
    terminal.run("import", *map(str, sorted((PROJECT / "editions").glob("*.md"))))
    said = terminal.json("check", "2022-06", "--offline")
    assert said["ok"] is True
    assert said["counts"]["fail"] == 0
    assert {it["language"] for it in said["findings"]} == {None, "en", "zh"}
    assert {(it["level"], it["name"]) for it in said["findings"] if it["level"] != "pass"} == {
        ("warn", "signature"), ("skip", "spamassassin"), ("skip", "dns"), ("skip", "answers"),
    }  # fmt: skip


def test_json_is_as_documented(large):
    said = large.json("check", "2026-01", code=1)
    page = (PROJECT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    section = page[page.index("`paperround check ISSUE --json`") :].split("\n## ")[0]
    documented = set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))
    assert documented == set(said) | set(said["findings"][0])
    assert set(said["counts"]) == {"pass", "warn", "fail", "skip"}
    assert sum(said["counts"].values()) == len(said["findings"])


def test_a_fail_exits_with_1_and_names_place_and_remedy(large):
    said = large.run("check", "2026-01", code=1).stdout
    assert re.search(r"fail\s+size\s+en\s+The HTML has [\d.]+ KB; Gmail cuts off .* Shorten", said)
    assert "1 failed" in said


def test_no_address_and_no_token_is_told(terminal):
    terminal.issue(
        intro="Write to [us](mailto:editor@example.org), [here](http://localhost/u/x), or ann@example.net."
    )
    said = terminal.run("check", "2026-01", code=1).stdout
    assert "localhost" in said
    assert "@" not in said
    token = Tokens([KEY.encode()]).sign("unsubscribe", 0)
    assert token not in said


def test_what_cannot_be_rendered_fails_and_the_rest_is_checked(terminal):
    terminal.issue(title="A =?utf-8?q?trap?=")
    assert ("fail", "render") in terminal.found("2026-01", code=1)


def test_a_key_that_cannot_be_used_fails_and_is_not_told_as_missing(terminal):
    terminal.issue()
    terminal.set(DKIM_SELECTOR="s", DKIM_KEY_FILE="none.pem")
    zone = '@ TXT "v=spf1 mx -all"\n_dmarc TXT "v=DMARC1; p=none"\n'
    said = terminal.json("check", "2026-01", "--zone", "-", typed=zone, code=1)
    told = [(it["level"], it["name"]) for it in said["findings"]]
    assert [it for it in told if it[1] in {"signature", "dkim"}] == [("fail", "signature")]


def test_without_a_sender_the_mail_is_looked_at_all_the_same(terminal):
    terminal.issue()
    terminal.unset("SENDER_ADDRESS", "SMTP_HOST", "BASE_URL")
    assert terminal.found("2026-01") >= {("warn", "sender"), ("skip", "dns"), ("warn", "base-url")}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none"], "There is no issue 'none'"),
        (["2026-01", "--offline", "--links"], "--offline asks nobody"),
        (["2026-01", "--zone", "-", "--server", "127.0.0.1"], "exclude each other"),
        (["2026-01", "--rules", "none.json"], "none.json cannot be read"),
        (["2026-01", "--zone", "-"], "near line"),
        (["2026-01", "--server", "foo"], "'foo' is no IP address"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_remedy(terminal, arguments, says):
    terminal.issue()
    assert says in terminal.run("check", *arguments, code=2, typed="# no zone\n")


def test_entries_whose_titles_were_lost_are_a_warning_with_the_way_to_mend_it(terminal):
    terminal.issue()
    terminal.write(lambda session: session.add_all(
        Entry(issue_id=1, kind=EntryKind.PAPER, position=n, number=n, title=title, why="It matters.")
        for n, title in ((1, None), (2, "A title"), (3, None))
    ))  # fmt: skip
    said = terminal.json("check", "2026-01", "--offline")
    (finding,) = [it for it in said["findings"] if it["name"] == "titles"]
    assert (finding["level"], finding["language"]) == ("warn", "en")
    assert finding["what"] == "2 of 3 entries have no title; readers are told that it is unknown."
    assert finding["place"] == "entries 1, 3"
    assert "--corrections" in finding["remedy"]


def test_rules_of_ones_own_are_laid_over_ours(terminal):
    terminal.issue()
    Path("rules.toml").write_text(
        '[feature.html-h1-h6]\nloss = "content"\nthen = "it is gone"\nmissing = "gmail"\n'
    )
    assert ("fail", "clients") in terminal.found("2026-01", "--rules", "rules.toml", code=1)
    terminal.set(CLIENT_RULES="rules.toml")
    assert ("fail", "clients") in terminal.found("2026-01", code=1)
    Path("rules.toml").write_text("nothing")
    assert "rule file cannot be read" in terminal.run("check", "2026-01", code=2)


def test_dns_is_asked_or_a_zone_is_read(terminal, serve_zone):
    terminal.issue()
    made = terminal.json("dkim", "keygen", "--selector", "s")
    terminal.set(**{name.removeprefix("PAPERROUND_"): it for name, it in made["settings"].items()})
    zone = '@ TXT "v=spf1 mx -all"\n_dmarc TXT "v=DMARC1; p=none"\n' + made["record"]["zone"] + "\n"
    assert terminal.found("2026-01", "--zone", "-", typed=zone) == {
        ("skip", "spamassassin"), ("skip", "answers"), ("warn", "unsubscribe"),
    }  # fmt: skip
    Path("latin.txt").write_bytes("; Grüße\n".encode("latin-1") + zone.encode())
    assert ("fail", "spf") not in terminal.found("2026-01", "--zone", "latin.txt")
    bare = "@ IN SOA ns.example.org. root.example.org. 1 2 3 4 5\n"
    server = ("--server", "127.0.0.1", "--port", str(serve_zone(bare, "example.org")))
    assert terminal.found("2026-01", *server, code=1) >= {
        ("fail", "spf"), ("fail", "dkim"), ("fail", "dmarc"),
    }  # fmt: skip


def test_a_domain_for_examples_is_not_asked_for_and_a_warning(terminal):
    terminal.issue()
    assert terminal.found("2026-01") >= {("warn", "dns"), ("warn", "unsubscribe")}


@pytest.fixture
def site(terminal):
    """Serve the store's pages as `serve` does, on a port of this machine."""
    terminal.issue()
    store = Database("sqlite:///data/paperround.sqlite3")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start():
        pages = Site(store, Tokens([KEY.encode()]), "http://127.0.0.1", None, "en")
        runner = web.AppRunner(create_app(pages))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result()
    terminal.set(BASE_URL=f"http://127.0.0.1:{runner.addresses[0][1]}")
    yield terminal
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    store.close()


def test_links_are_asked_of_the_real_pages_and_nobody_is_unsubscribed(site):
    site.write(lambda session: session.add(
        Subscriber(id=1, address="a@example.org", address_key="a@example.org", status=SubscriberStatus.ACTIVE)
    ))  # fmt: skip
    said = site.json("check", "2026-01", "--links")
    asked = [it for it in said["findings"] if it["name"] in {"answers", "unsubscribe"}]
    told = [(it["level"], it["what"]) for it in asked]
    assert ("pass", "The page to unsubscribe answers; looking at it changes nothing.") in told
    assert any(level == "skip" and "when the issue goes out" in what for level, what in told)
    assert said["ok"] is True
    assert site.write(lambda s: s.get_one(Subscriber, 1).status) is SubscriberStatus.ACTIVE


def test_pages_that_sign_with_another_key_are_noticed(site):
    site.set(SECRET_KEY="another key, thirty-two characters")
    said = site.json("check", "2026-01", code=1)
    (finding,) = [it for it in said["findings"] if it["level"] == "fail"]
    assert finding["name"] == "unsubscribe"
    assert "PAPERROUND_SECRET_KEY" in finding["remedy"]


def test_a_schedule_looks_at_the_page_to_unsubscribe_but_offline(site):
    site.set(SECRET_KEY="another key, thirty-two characters")
    said = site.run("schedule", "2026-01", *LATER, code=2)
    assert "unsubscribe: The link to unsubscribe is not known to the web pages" in said
    assert site.json("schedule", "2026-01", *LATER, "--offline")["checks"]["fail"] == 0


def test_before_serve_runs_on_this_machine_a_schedule_is_warned_and_not_refused(terminal):
    terminal.issue()
    terminal.set(BASE_URL="http://127.0.0.1:1")
    assert ("warn", "unsubscribe") in terminal.found("2026-01")
    terminal.run("schedule", "2026-01", *LATER)


def test_a_link_that_is_dead_fails_when_asked(site):
    base = os.environ["PAPERROUND_BASE_URL"]
    site.write(lambda session: setattr(
        session.exec(select(Issue)).one(), "intro", f"[x]({base}/nowhere) [y](http://127.0.0.1:1/)"
    ))  # fmt: skip
    site.write(lambda session: setattr(
        session.exec(select(Issue)).one(), "published_at", datetime.now(UTC)
    ))  # fmt: skip
    said = site.json("check", "2026-01", "--links", code=1)
    failed = {
        (it["name"], it["what"].split(" ", 1)[1])
        for it in said["findings"]
        if it["level"] == "fail"
    }
    assert failed == {
        ("answers", "answers with 404."),
        ("links", "leads to this machine or a private network, where readers cannot follow."),
    }


def test_an_issue_that_fails_is_not_scheduled(large):
    said = large.run("schedule", "2026-01", *LATER, code=2)
    assert "was not scheduled, because 1 check failed" in said
    assert re.search(r"size \(en\): The HTML has .* Shorten the texts.* \[HTML\]", said)
    assert "--force" in said
    assert large.json("sends") == []
    assert "Say why" in large.run("schedule", "2026-01", *LATER, "--force", " ", code=2)
    assert large.json("sends") == []


def test_a_reason_forces_it_and_is_kept_and_shown(large):
    made = large.json("schedule", "2026-01", *LATER, "--force", " the archive wants it whole ")
    kept = {"reason": "the archive wants it whole", "checks": "size"}
    assert made["forced"] == kept
    assert made["checks"]["fail"] == 1
    (send,) = large.json("sends")
    assert send["forced"] == kept
    shown = "Send 1 was forced though size failed: the archive wants it whole"
    assert shown in large.run("sends").stdout
    told = large.json("why", "nobody@example.org", "2026-01")
    assert any(
        "forced" in sentence and kept["reason"] in sentence for sentence in told["sentences"]
    )


def test_where_nothing_fails_nothing_is_forced(terminal):
    terminal.issue()
    said = terminal.run("schedule", "2026-01", *LATER, "--force", "to be sure")
    assert "nothing to force" in said.stderr
    (send,) = terminal.json("sends")
    assert send["forced"] is None
    kinds = terminal.write(
        lambda session: [event.kind.value for event in session.exec(select(Event))]
    )
    assert kinds == ["scheduled"]


def test_a_send_to_discord_alone_is_not_held_up_by_its_mail(large):
    to_discord = ("schedule", "2026-01", *LATER, "--audience", "discord")
    assert "Say why" in large.run(*to_discord, "--force", "", code=2), "asked of every send"
    assert large.json(*to_discord)["checks"] is None


def test_a_schedule_says_what_was_checked(terminal):
    terminal.issue()
    said = terminal.run("schedule", "2026-01", *LATER, "--offline")
    assert re.search(r"Checked: \d+ passed, 1 to look at, 3 skipped", said.stderr)
    assert "Checked" not in said.stdout
