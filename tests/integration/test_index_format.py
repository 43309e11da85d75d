"""A store that an earlier version filled is indexed anew when it is opened, once."""

import signal
from datetime import UTC, date, datetime

import pytest
from alembic import command
from sqlalchemy import Engine, event, text
from typer.testing import CliRunner

from paperround.cli import app
from paperround.cli.app import settings
from publisher.readers.edition import Edition, EditionEntry
from storage import catalog, schema
from storage.database import Database
from storage.enums import EntryKind
from storage.tables import Copy, Entry, EntryPaper, Issue, Newsletter, Paper


@pytest.fixture
def old_store(database_url: str, tmp_path, monkeypatch) -> str:
    """Give the URL of a store as version 0002 left it, with one entry."""
    monkeypatch.setenv("PAPERROUND_DATABASE_URL", database_url)
    monkeypatch.setenv("PAPERROUND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    database = Database(database_url)
    config = schema._config()
    with database.engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    with database.write() as session:
        letter = Newsletter(slug="n", name="N", languages=["en"])
        paper = Paper(title="Old but Found Robots", title_key="oldbutfoundrobots")
        session.add_all([letter, paper])
        session.flush()
        issue = Issue(newsletter_id=letter.id, slug="2022-04", language="en", title="April",
                      month=date(2022, 4, 1), month_source="given",
                      published_at=datetime(2022, 4, 1, tzinfo=UTC))  # fmt: skip
        session.add(issue)
        session.flush()
        entry = Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=1, title=paper.title)
        session.add(entry)
        session.flush()
        session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id))
        read = Edition(slug="2022-04", language="en", month=issue.month, month_source="given",
                       entries=(EditionEntry(number=1, title=paper.title),)).to_json()  # fmt: skip
        del read["entries"][0]["topics"]  # which that version did not know
        session.add(
            Copy(issue_id=issue.id, origin="a.md", form="markdown", digest="0", edition=read)
        )
    database.close()
    yield database_url
    settings.cache_clear()


def test_an_old_store_answers_after_it_was_opened(old_store) -> None:
    first = CliRunner().invoke(app, ["paper", "old but found robots"])
    assert first.exit_code == 0, first.exception
    assert "made anew" in first.stderr
    assert "Indexed 1 issues" in first.stderr
    assert "Old but Found" in first.stdout
    by_topic = CliRunner().invoke(app, ["paper", "topic:robotics"])
    assert "Old but Found Robots" in by_topic.stdout
    again = CliRunner().invoke(app, ["paper", "old but found robots"])
    assert again.stderr == ""
    assert "Old but Found" in again.stdout


def test_an_answer_in_json_stays_json_while_the_store_is_indexed(old_store) -> None:
    result = CliRunner().invoke(app, ["issues", "--json"])
    assert result.stdout.startswith("[")
    assert "made anew" in result.stderr


def test_reindex_itself_indexes_once(old_store) -> None:
    result = CliRunner().invoke(app, ["reindex"])
    assert result.stdout == "Indexed 1 issues.\n"
    assert "made anew" not in result.stderr
    assert CliRunner().invoke(app, ["paper", "old but found robots"]).stderr == ""


def test_an_empty_store_is_current_and_stays_so_when_it_is_filled(database: Database) -> None:
    with database.write() as session:
        assert catalog.is_current(session)
        letter = Newsletter(slug="n", name="N", languages=["en"])
        session.add(letter)
        session.flush()
        issue = Issue(newsletter_id=letter.id, slug="s", language="en", title="T",
                      month=date(2022, 4, 1), month_source="given")  # fmt: skip
        session.add(issue)
        session.flush()
        session.add(Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=1, title="One"))
        catalog.index_issue(session, issue.id)
        assert catalog.is_current(session, hold=True)
        session.execute(text("UPDATE search_state SET format = 0"))
        assert not catalog.is_current(session)


def test_a_stopped_reindex_leaves_the_old_index_and_says_so(old_store) -> None:
    CliRunner().invoke(app, ["paper", "robots"])

    def stop(_connection, _cursor, statement, *_rest) -> None:
        if statement.startswith("INSERT INTO search_name"):
            signal.raise_signal(signal.SIGINT)  # as Ctrl-C does, in the middle

    event.listen(Engine, "before_cursor_execute", stop)
    try:
        stopped = CliRunner().invoke(app, ["reindex"])
    finally:
        event.remove(Engine, "before_cursor_execute", stop)
    assert stopped.exit_code == 130
    assert stopped.stderr.strip().splitlines()[-1] == (
        "paperround: stopped; the old index still holds, and the command can be run again"
    )
    assert "Old but Found Robots" in CliRunner().invoke(app, ["paper", "old but found"]).stdout
    assert CliRunner().invoke(app, ["reindex"]).exit_code == 0


def test_filters_alone_give_no_reason(old_store) -> None:
    listed = CliRunner().invoke(app, ["paper", "--issue", "2022-04"])
    assert "2022-04 · en · entry 1\n" in listed.stdout
