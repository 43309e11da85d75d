"""Keys that the settings name: which are taken, which refused, and how a refusal reads."""

from __future__ import annotations

import pytest

from mailer.dkim_keys import make_key
from paperround.errors import SettingsError
from paperround.keys import write_private
from paperround.settings import GivenSettings
from paperround.signing import signer, signing_keys
from paperround.wiring import House
from storage import schema
from storage.database import Database

RSA, ED25519 = make_key("rsa"), make_key("ed25519")


@pytest.fixture
def key_file(tmp_path):
    def write(content, mode=0o600):
        path = tmp_path / f"key{len(list(tmp_path.iterdir()))}.pem"
        path.write_bytes(content)
        path.chmod(mode)
        return path

    return write


def given(**more):
    return GivenSettings(sender_address="news@Example.org", smtp_host="localhost", **more)


def test_without_a_key_nothing_signs():
    assert signing_keys(given()) == []
    assert signer(given()) is None


def test_rsa_signs_first_for_the_senders_domain_or_the_one_that_is_set(key_file):
    keys = {
        "dkim_selector": "r", "dkim_key_file": key_file(RSA),
        "dkim_ed25519_selector": "e", "dkim_ed25519_key_file": key_file(ED25519, 0o640),
    }  # fmt: skip
    assert [key.record_name for key in signing_keys(given(**keys))] == [
        "r._domainkey.example.org", "e._domainkey.example.org",
    ]  # fmt: skip
    other = signing_keys(given(**keys, dkim_domain="mail.example.org"))
    assert {key.domain for key in other} == {"mail.example.org"}
    assert signer(given(**keys, dkim_lifetime_days=14)) is not None


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o602, 0o777])
def test_a_key_that_others_can_read_or_write_is_refused(key_file, mode):
    path = key_file(RSA, mode)
    with pytest.raises(SettingsError, match=f"mode {mode:03o}.*chmod 600 {path}"):
        signing_keys(given(dkim_selector="r", dkim_key_file=path))


def test_a_key_that_cannot_be_read_or_used_is_named(key_file, tmp_path):
    for path, says in (
        (tmp_path / "none", "cannot be read"),
        (tmp_path, "cannot be read"),
        (key_file(b"hush"), "not a private key"),
        (key_file(ED25519), "of the kind ed25519"),
    ):
        with pytest.raises(
            SettingsError, match=f"PAPERROUND_DKIM_KEY_FILE names {path}.*{says}"
        ) as no:
            signing_keys(given(dkim_selector="r", dkim_key_file=path))
        assert "hush" not in str(no.value)
    with pytest.raises(SettingsError, match="selector"):
        signing_keys(given(dkim_selector="not one", dkim_key_file=key_file(RSA)))


@pytest.mark.parametrize(
    ("half", "says"),
    [
        ({"dkim_selector": "r"}, "dkim_key_file"),
        ({"dkim_key_file": "k"}, "dkim_selector"),
        ({"dkim_ed25519_selector": "e"}, "dkim_ed25519_key_file"),
        ({"dkim_ed25519_selector": "e", "dkim_ed25519_key_file": "k"}, "RSA key too"),
        ({"dkim_selector": "a", "dkim_key_file": "k", "dkim_ed25519_selector": "a",
          "dkim_ed25519_key_file": "k"}, "name of its own"),
    ],
)  # fmt: skip
def test_half_a_key_is_a_wrong_setting(half, says):
    with pytest.raises(ValueError, match=says):
        given(**half)


def test_the_house_is_not_opened_with_a_key_that_cannot_sign(key_file, tmp_path):
    """A send must not find out at its first mail."""
    database = Database(f"sqlite:///{tmp_path}/store.sqlite3")
    wrong = given(data_dir=tmp_path, dkim_selector="r", dkim_key_file=key_file(RSA, 0o644))
    with pytest.raises(SettingsError, match="chmod 600"):
        House(wrong, database)
    right = given(data_dir=tmp_path, dkim_selector="r", dkim_key_file=key_file(RSA))
    schema.upgrade(database)
    assert House(right, database).identity().signer is not None
    database.close()


def test_a_private_file_is_there_whole_for_its_owner_alone_and_not_replaced_by_mistake(tmp_path):
    path = tmp_path / "key"
    write_private(path, b"one")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_private(path, b"two")
    assert path.read_bytes() == b"one"
    write_private(path, b"two", replace=True)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o600)
    assert list(tmp_path.iterdir()) == [path]
