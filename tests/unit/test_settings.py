"""Settings come from the environment, secret files and one TOML file; a wrong one is named with its remedy."""

import os
from pathlib import Path

import pytest

from paperround.errors import SettingsError
from paperround.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("PAPERROUND_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default() -> None:
    settings = load_settings()
    assert settings.database == "sqlite:///paperround-data/paperround.sqlite3"
    assert not settings.mail_is_on
    assert settings.discord_token is None


def test_a_secret_file_that_is_not_there_is_named_once(monkeypatch) -> None:
    monkeypatch.setenv("PAPERROUND_SMTP_PASSWORD_FILE", "nowhere")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == (
        "PAPERROUND_SMTP_PASSWORD_FILE names nowhere, which cannot be read: No such file or directory. "
        "Name a readable text file that holds only the secret."
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "Is a directory. "), (b"\xff", "it is not UTF-8. ")],
)
def test_a_settings_file_that_cannot_be_read_is_named_once(tmp_path, content, reason) -> None:
    file = tmp_path / "paperround.toml"
    file.mkdir() if content is None else file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == (
        f"The settings file paperround.toml cannot be read: {reason}"
        "Name a readable TOML file by PAPERROUND_CONFIG."
    )


def test_git_leaves_the_data_folder_alone() -> None:
    """It holds the secret key and readers' addresses; the quickstart makes it inside the clone."""
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text().split()
    assert f"{load_settings().data_dir}/" in ignored


def test_the_environment_wins_over_the_file(monkeypatch, tmp_path) -> None:
    (tmp_path / "paperround.toml").write_text('web_port = 1000\nhome_zone = "Asia/Shanghai"\n')
    monkeypatch.setenv("PAPERROUND_WEB_PORT", "2000")
    settings = load_settings()
    assert settings.web_port == 2000
    assert settings.home_zone == "Asia/Shanghai"


def test_a_secret_may_lie_in_a_file(monkeypatch, tmp_path) -> None:
    (tmp_path / "password").write_text("hush\n")
    monkeypatch.setenv("PAPERROUND_SMTP_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("PAPERROUND_SMTP_USER", "u")
    settings = load_settings()
    assert settings.smtp_password is not None
    assert settings.smtp_password.get_secret_value() == "hush"
    assert "hush" not in repr(settings)


def test_old_keys_are_separated_by_commas(monkeypatch) -> None:
    monkeypatch.setenv("PAPERROUND_OLD_SECRET_KEYS", f"{'a' * 32},{'b' * 32}")
    assert [k.get_secret_value()[0] for k in load_settings().old_secret_keys] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WEB_PORT", "http", "PAPERROUND_WEB_PORT"),
        ("HOME_ZONE", "Amsterdam", "Europe/Amsterdam"),
        ("SENDER_ADDRESS", "News <news@example.org>", "one plain address"),
        ("BASE_URL", "news.example.org", "https://news.example.org"),
        ("SMTP_TLS", "ssl", "starttls"),
        ("SMTP_HOST", "mail.example.org", "PAPERROUND_SENDER_ADDRESS"),
        ("SMTP_PASSWORD", "hush", "PAPERROUND_SMTP_USER"),
        ("SMTP_HOST", "mx one", "mx.example.net*2"),
        ("SMTP_HOST", "a.example.net,,b.example.net", "names no mail server"),
        (
            "SMTP_HOST",
            "mx.example.net:99999",
            "SMTP_HOST (smtp_host in the TOML file): 99999 is no port",
        ),
        ("BASE_URL", "https://news.example.org/?a=b", "without ? and #"),
        ("SENDER_NAME", "News\nBcc: x@example.org", "PAPERROUND_SENDER_NAME"),
        ("NEWSLETTER_NAME", "News\r", "write one line"),
        ("MAIL_LIMITS", "50", "50/s or 20000/h"),
        ("MAIL_LIMITS", "50/s, 7", "PAPERROUND_MAIL_LIMITS (mail_limits in the TOML file): '7'"),
        ("MAIL_DOMAIN_LIMITS", "gmail=20/s", "gmail.com=20/s"),
        ("MAIL_DOMAIN_LIMITS", "gmail.com=20", "50/s or 20000/h"),
        ("WARM_UP_FROM", "soon", "PAPERROUND_WARM_UP_FROM"),
        ("SECRET_KEY", "short", "openssl rand"),
        ("EMBEDDINGS_URL", "http://localhost:11434/v1", "PAPERROUND_EMBEDDINGS_MODEL"),
        ("EMBEDDINGS_MODEL", "small", "PAPERROUND_EMBEDDINGS_URL"),
        ("EMBEDDINGS_KEY", "hush", "PAPERROUND_EMBEDDINGS_URL"),
        ("EMBEDDINGS_URL", "localhost:11434", "http://localhost:11434/v1, or local"),
        ("EMBEDDINGS_URL", "https://me:hush@example.org/v1", "PAPERROUND_EMBEDDINGS_KEY"),
        ("SMTP_HOTS", "mail.example.org", "PAPERROUND_SMTP_HOTS"),
        ("DISCORD_TOKEN_FILE", "/nowhere", "PAPERROUND_DISCORD_TOKEN_FILE"),
        ("CONFIG", "/nowhere.toml", "PAPERROUND_CONFIG"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(monkeypatch, name, value, says) -> None:
    monkeypatch.setenv(f"PAPERROUND_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert says in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [("web_prot = 1", "web_prot"), ("= 1", "not valid TOML"), ("web_port = 'x'", "WEB_PORT")],
)
def test_a_wrong_file_is_named(tmp_path, text, says) -> None:
    (tmp_path / "paperround.toml").write_text(text)
    with pytest.raises(SettingsError, match=says):
        load_settings()


def test_every_setting_is_described() -> None:
    assert [n for n, field in Settings.model_fields.items() if not field.description] == []


def test_several_mail_servers_with_ports_and_weights(monkeypatch) -> None:
    monkeypatch.setenv("PAPERROUND_SMTP_HOST", "a.example.net*3, b.example.net:2525,[::1]:25*0")
    monkeypatch.setenv("PAPERROUND_SENDER_ADDRESS", "news@example.org")
    assert load_settings().mail_servers == [
        ("a.example.net", None, 3),
        ("b.example.net", 2525, 1),
        ("::1", 25, 0),
    ]


def test_limits_are_lists(monkeypatch) -> None:
    monkeypatch.setenv("PAPERROUND_MAIL_LIMITS", "50/s, 20000/h")
    monkeypatch.setenv("PAPERROUND_MAIL_DOMAIN_LIMITS", "Gmail.com = 20/s,*=100/s")
    settings = load_settings()
    assert settings.mail_limits == ["50/s", "20000/h"]
    assert settings.mail_domain_limits == ["gmail.com=20/s", "*=100/s"]
