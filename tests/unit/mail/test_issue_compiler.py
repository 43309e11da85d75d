"""An issue is compiled once for all workers, and anew when it was changed."""

from __future__ import annotations

import asyncio

import pytest

from mailer.compiler import IssueCompiler
from mailer.errors import HeaderError
from publisher.prose import to_html, to_text


@pytest.fixture
def compiler(identity):
    return IssueCompiler(identity, to_html, to_text)


async def test_workers_that_ask_at_once_get_one_template(compiler, mail_issue):
    asked = [compiler.template(mail_issue("en")) for _ in range(3)]

    templates = await asyncio.gather(*asked)

    assert len({id(it) for it in templates}) == 1


async def test_languages_in_turn_keep_their_templates(compiler, mail_issue):
    first = {it: await compiler.template(mail_issue(it)) for it in ("en", "zh")}

    again = {it: await compiler.template(mail_issue(it)) for it in ("en", "zh")}

    assert first["en"] is again["en"]
    assert first["zh"] is again["zh"]
    assert first["en"].fixed != first["zh"].fixed


async def test_a_changed_issue_is_compiled_anew(compiler, mail_issue):
    issue = mail_issue("en")
    before = await compiler.template(issue)

    after = await compiler.template({**issue, "title": "A better title"})

    assert b"A better title" in after.fixed[1]
    assert b"A better title" not in before.fixed[1]


async def test_what_cannot_be_compiled_says_so_each_time_and_keeps_nobody_waiting(
    compiler, mail_issue
):
    broken = {**mail_issue("en"), "title": "=?utf-8?q?no?="}

    for _ in range(2):
        with pytest.raises(HeaderError):
            await compiler.template(broken)

    assert await compiler.template(mail_issue("en"))


async def test_the_templates_that_were_asked_for_last_are_kept(compiler, mail_issue):
    issue = mail_issue("en")
    others = [{**issue, "slug": f"other-{number}"} for number in range(8)]
    first, second = await compiler.template(issue), await compiler.template(others[0])
    for other in others[1:]:
        await compiler.template(other)
        assert await compiler.template(issue) is first

    assert await compiler.template(others[0]) is not second


async def test_who_stops_waiting_takes_nothing_from_the_others(compiler, mail_issue, monkeypatch):
    compiled = []
    compile_ = IssueCompiler._compile
    monkeypatch.setattr(
        IssueCompiler, "_compile", lambda *it: (compiled.append(1), compile_(*it))[1]
    )
    impatient = asyncio.create_task(compiler.template(mail_issue("en")))
    await asyncio.sleep(0)
    patient = asyncio.create_task(compiler.template(mail_issue("en")))
    await asyncio.sleep(0)
    impatient.cancel()

    assert await patient
    assert compiled == [1]
