"""Tokens: bound to purpose and id, url-safe, short, expiring, and readable after a change of keys."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import TokenError
from mailer.tokens import Tokens

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
OLD, NEW = b"o" * 32, b"n" * 32
TOKENS = Tokens([NEW])
IDS = st.integers(0, 2**63 - 1)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(IDS, st.none() | TIMES)
def test_a_token_is_short_url_safe_and_gives_its_id_back(ident, expires):
    token = TOKENS.sign("unsubscribe", ident, expires=expires)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,43}", token)
    now = NOW if expires is None else expires - timedelta(seconds=1)
    assert TOKENS.verify("unsubscribe", token, now=now) == ident


def test_a_token_serves_one_purpose_only():
    assert TOKENS.verify("confirm", TOKENS.sign("unsubscribe", 7), now=NOW) is None


def test_an_expired_token_is_refused_and_the_boundary_is_exact():
    token = TOKENS.sign("confirm", 7, expires=NOW)
    assert TOKENS.verify("confirm", token, now=NOW - timedelta(microseconds=1)) == 7
    assert TOKENS.verify("confirm", token, now=NOW) is None


@given(st.integers(0, 42), st.sampled_from("AaZz09-_"))
def test_no_changed_character_verifies(place, character):
    token = TOKENS.sign("unsubscribe", 123456, expires=NOW + timedelta(days=1))
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    assert (TOKENS.verify("unsubscribe", changed, now=NOW) == 123456) is (changed == token)


@given(st.text(max_size=60))
def test_rubbish_is_refused_quietly(text):
    assert TOKENS.verify("unsubscribe", text, now=NOW) is None
    assert TOKENS.verify_bounce(text) is None


def test_tokens_of_an_old_key_verify_after_a_change_of_keys_and_not_once_it_is_gone():
    token = Tokens([OLD]).sign("unsubscribe", 5)
    assert Tokens([NEW, OLD]).verify("unsubscribe", token, now=NOW) == 5
    assert Tokens([NEW]).verify("unsubscribe", token, now=NOW) is None


def test_an_address_hash_is_keyed_and_an_older_one_is_still_found():
    old = Tokens([OLD]).hash_address("ada@example.org")
    assert re.fullmatch(r"[0-9a-f]{64}", old)
    ring = Tokens([NEW, OLD])
    assert old != ring.hash_address("ada@example.org")
    assert old in ring.hash_address_ring("ada@example.org")


@given(IDS)
def test_a_bounce_address_is_lower_case_short_and_gives_its_delivery_back(ident):
    local = TOKENS.bounce_local_part(ident)
    assert len(local) <= 64
    assert local == local.lower()
    assert TOKENS.verify_bounce(local) == TOKENS.verify_bounce(local.upper()) == ident


def test_a_forged_bounce_address_is_refused():
    mac = TOKENS.bounce_local_part(1).split(".")[1]
    assert TOKENS.verify_bounce(f"b+2.{mac}") is None
    assert TOKENS.verify_bounce(f"b+01.{mac}") is None


@pytest.mark.parametrize("ident", [-1, 2**63])
def test_an_impossible_id_is_refused(ident):
    with pytest.raises(TokenError, match=r"2\*\*63"):
        TOKENS.sign("unsubscribe", ident)


def test_naive_times_and_weak_or_absent_keys_are_refused():
    with pytest.raises(TokenError, match="time zone"):
        TOKENS.sign("confirm", 1, expires=NOW.replace(tzinfo=None))
    with pytest.raises(TokenError, match="no key"):
        Tokens([])
    with pytest.raises(TokenError, match="shorter"):
        Tokens([b"short"])
    assert "n" * 8 not in repr(TOKENS)
