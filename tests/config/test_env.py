"""The environment is read, and what cannot be understood is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env, secrets

ROOT = Path(__file__).parents[2]
SERVER = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "a-secret-for-this-test-that-is-long-enough-for-django-0123456789",
    "LINLI_MASTER_KEY": "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtdGU=",
    "LINLI_TRACKING_SECRET": "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtdGU=",
    "DATABASE_URL": "postgresql://linli:p%40ss@db.example:5433/linli?sslmode=require",
    "KEYS_DATABASE_URL": "postgresql://linli@%2Frun%2Fpostgresql/keys",
    "LINLI_HOSTS": "linli.example",
    "LINLI_STATIC": "static",
    "LINLI_MEDIA": "files",
    "LINLI_ROOTS": "roots",
}


def manage(*words, **variables):
    """Run a management command with these variables and nothing of ours besides."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", *words],
        env=clean | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow  # starts Django afresh
def test_a_server_passes_djangos_own_check_for_deployment():
    done = manage("check", "--deploy", "--fail-level", "INFO", **SERVER)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow  # starts Django afresh, once per variable
@pytest.mark.parametrize("name", sorted(set(SERVER) - {"DJANGO_SETTINGS_MODULE"}))
def test_a_server_does_not_start_without(name):
    done = manage("check", **{key: value for key, value in SERVER.items() if key != name})

    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr


@pytest.mark.slow  # starts Django afresh
def test_a_misspelt_setting_is_refused_by_name(tmp_path):
    done = manage(
        "check", DJANGO_SETTINGS_MODULE="config.settings.embedded", LINLI_DATA=str(tmp_path), LINLI_HOST="x"
    )

    assert done.returncode != 0
    assert "Unknown settings: LINLI_HOST" in done.stderr


@pytest.mark.parametrize(
    ("read", "name", "value", "expected"),
    [
        (lambda name: env.number(name, 1), "LINLI_PROXIES", "12", 12),
        (lambda name: env.flag(name, default=False), "LINLI_HTTPS", "1", True),
        (lambda name: env.choice(name, "AES-GCM", "SM4-GCM"), "LINLI_VAULT_CIPHER", "SM4-GCM", "SM4-GCM"),
        (env.words, "LINLI_HOSTS", "a.example, b.example,", ["a.example", "b.example"]),
    ],
)
def test_a_value_is_read(monkeypatch, read, name, value, expected):
    monkeypatch.setenv(name, value)

    assert read(name) == expected


@pytest.mark.parametrize(
    ("read", "name", "value"),
    [
        (lambda name: env.number(name, 1), "LINLI_PROXIES", "-1"),
        (lambda name: env.number(name, 1), "LINLI_PROXIES", "１"),
        (lambda name: env.flag(name, default=False), "LINLI_HTTPS", "yes"),
        (lambda name: env.choice(name, "AES-GCM", "SM4-GCM"), "LINLI_VAULT_CIPHER", "ROT13"),
        (env.postgresql, "DATABASE_URL", "mysql://u@h/d"),
        (env.postgresql, "DATABASE_URL", "postgresql://u@h/"),
        (env.secret, "SECRET_KEY", "short"),
        (env.older_secrets, "SECRET_KEY_FALLBACKS", f"{'a' * 44}, short"),
        (env.toml, "LINLI_SMS", "/nowhere.toml"),
        (env.text, "LINLI_NOT_LISTED", "x"),
    ],
)
def test_what_cannot_be_understood_is_refused_and_a_secret_is_not_repeated(monkeypatch, read, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured, match=name) as refusal:
        read(name)
    assert "short" not in str(refusal.value).replace("shorter", "")


def test_an_address_of_a_database_becomes_djangos_settings(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", SERVER["DATABASE_URL"])
    monkeypatch.setenv("KEYS_DATABASE_URL", SERVER["KEYS_DATABASE_URL"])

    one, other = env.postgresql("DATABASE_URL"), env.postgresql("KEYS_DATABASE_URL")

    assert (one["USER"], one["PASSWORD"], one["HOST"], one["PORT"], one["NAME"]) == (
        "linli", "p@ss", "db.example", "5433", "linli",
    )  # fmt: skip
    assert one["OPTIONS"] == {"sslmode": "require"}
    assert (other["HOST"], other["PORT"], other["NAME"]) == ("/run/postgresql", "", "keys")


def test_what_the_secret_key_was_before_is_read_from_the_environment_or_the_file(monkeypatch):
    older, oldest = "b" * 44, "a" * 44
    assert env.older_secrets("SECRET_KEY_FALLBACKS") == []
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", f"{older}, {oldest}")

    assert env.older_secrets("SECRET_KEY_FALLBACKS") == [older, oldest]
    assert secrets.older({"SECRET_KEY_FALLBACKS": f"{older},{oldest}"}) == [older, oldest]
    assert secrets.older({}) == []


def test_secrets_are_made_once_for_their_owner_alone(tmp_path):
    file = tmp_path / "secrets.env"
    made = secrets.load(file)

    assert secrets.load(file) == made
    assert set(made) == set(secrets.SECRETS)
    assert len(set(made.values())) == len(secrets.SECRETS)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_secrets_that_others_can_read_are_refused(tmp_path):
    file = tmp_path / "secrets.env"
    secrets.load(file)
    file.chmod(0o640)

    with pytest.raises(ValueError, match="chmod 600"):
        secrets.load(file)


def test_a_missing_secret_is_never_replaced(tmp_path):
    file = tmp_path / "secrets.env"
    kept = [line for line in secrets_text(file).splitlines() if not line.startswith("LINLI_MASTER_KEY")]
    file.write_text("\n".join(kept))

    with pytest.raises(ValueError, match="lacks LINLI_MASTER_KEY"):
        secrets.load(file)
    assert "LINLI_MASTER_KEY" not in file.read_text()


def secrets_text(file):
    secrets.load(file)
    return file.read_text()


def test_days_are_whole_numbers_by_name(monkeypatch):
    monkeypatch.setenv("LINLI_RETENTION", "requests.text=365, files.picture=180")
    assert env.days("LINLI_RETENTION") == {"requests.text": 365, "files.picture": 180}
    monkeypatch.setenv("LINLI_RETENTION", "requests.text=forever")
    with pytest.raises(ImproperlyConfigured, match=r"requests\.text"):
        env.days("LINLI_RETENTION")


def test_limits_are_the_defaults_with_what_is_said_instead(monkeypatch):
    monkeypatch.setenv("LINLI_LIMITS", "report=240/m, photos=60/10m")

    assert env.rates("LINLI_LIMITS", {"report": "120/m", "photos": "30/m", "act": "60/m"}) == {
        "report": "240/m",
        "photos": "60/10m",
        "act": "60/m",
    }


@pytest.mark.parametrize(
    "said", ["report=0/m", "report=fast", "report", "reports=1/m", "report=1/w", "report=-1/m"]
)
def test_a_limit_that_cannot_be_understood_is_refused_by_name(monkeypatch, said):
    monkeypatch.setenv("LINLI_LIMITS", said)

    with pytest.raises(ImproperlyConfigured, match=said.partition("=")[0]):
        env.rates("LINLI_LIMITS", {"report": "120/m"})


def test_an_installation_from_before_there_were_backups_gets_a_backup_key_once(tmp_path):
    file = tmp_path / "secrets.env"
    older = [line for line in secrets_text(file).splitlines() if not line.startswith("LINLI_BACKUP_KEY")]
    file.write_text("\n".join(older))
    found = secrets.load(file)

    assert secrets.load(file) == found
    assert file.read_text().splitlines() == [*older, f"LINLI_BACKUP_KEY={found['LINLI_BACKUP_KEY']}"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
