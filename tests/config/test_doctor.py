"""``linli doctor`` says in plain words what is well, what is wrong and what to do, also where nothing can start."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from linli.shell.watching import machine
from tests.config.test_env import SERVER

ROOT = Path(__file__).parents[2]
NOW = timezone.now()
pytestmark = pytest.mark.slow  # starts Django afresh, some of them


def doctor(*words, **variables):
    """Run it with these variables and nothing of ours besides; return how it ended and what it said."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "doctor", *words],
        env=clean | variables, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A data folder as the first start leaves it, without its static files."""
    folder = tmp_path_factory.mktemp("installed") / "data"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
    for alias in ("default", "keys"):
        subprocess.run(
            [sys.executable, ROOT / "manage.py", "migrate", "--database", alias, "--verbosity", "0"],
            env=clean | {"LINLI_DATA": str(folder)}, cwd=ROOT, check=True,
        )  # fmt: skip
    return folder


def test_where_nothing_is_installed_it_says_so_and_makes_nothing(tmp_path):
    ended, said = doctor(LINLI_DATA=str(tmp_path / "data"))

    assert ended == 2
    assert said.startswith(
        f"✗ 设置齐全\n    {tmp_path}/data 里没有数据：这里还没有安装过，或者目录不对。\n    → 第一次"
    )
    assert said.endswith("坏了 1 处，要留意 0 处。\n")
    assert list(tmp_path.iterdir()) == []


def test_where_the_secrets_are_gone_it_says_what_to_put_back_and_makes_no_others(tmp_path):
    (tmp_path / "linli.sqlite3").touch()
    ended, said = doctor(LINLI_DATA=str(tmp_path))

    assert ended == 2
    assert f"{tmp_path}/secrets.env 不见了，没有它个人信息读不出来。" in said
    assert [file.name for file in tmp_path.iterdir()] == ["linli.sqlite3"]


def test_where_settings_are_lacking_it_names_every_one_and_shows_no_secret():
    ended, said = doctor("--json", DJANGO_SETTINGS_MODULE="config.settings.production", SECRET_KEY="s" * 60)
    told = json.loads(said)
    lacking = {trouble["is"] for trouble in told["looked_at"][0]["troubles"]}

    assert (ended, told["status"], len(told["looked_at"])) == (2, "wrong", 1)
    assert lacking == {
        f"{name} 没有设置。" for name in set(SERVER) - {"SECRET_KEY", "DJANGO_SETTINGS_MODULE"}
    }
    assert "ssss" not in said


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"LINLI_HOST": "x"}, "设置读不懂：Unknown settings: LINLI_HOST"),
        (
            {"LINLI_METRICS_FROM": "10.0.0.1/8"},
            "设置读不懂：LINLI_METRICS_FROM holds something that is no network",
        ),
        ({"LINLI_MASTER_KEY": "short"}, "设置读不懂：LINLI_MASTER_KEY is shorter"),
    ],
)
def test_a_setting_that_cannot_be_understood_is_named(variables, said):
    ended, told = doctor(**(SERVER | variables))

    assert (ended, said in told) == (2, True)


def test_servers_whose_database_is_away_are_told_so_and_the_rest_is_looked_at_all_the_same():
    away = "postgresql://linli:canary-password@127.0.0.1:9/linli"
    ended, told = doctor("--json", **(SERVER | {"DATABASE_URL": away, "KEYS_DATABASE_URL": away}))
    looked = {one["what"]: one for one in json.loads(told)["looked_at"]}

    assert ended == 2
    assert looked["设置齐全"]["how"] == looked["程序和程序库的版本"]["how"] == looked["时区"]["how"] == "well"
    assert looked["数据库应答，打开方式对"]["troubles"][0]["is"] == "数据库 default 没有应答。"
    assert looked["后台在运行"]["troubles"] == [
        {"is": "没有查：数据库没有应答。", "do": "先修好数据库，再运行一次。"}
    ]
    assert "canary-password" not in told


def test_a_database_server_that_says_nothing_is_not_waited_for_twice():
    """Four to five seconds where nothing runs beside; it was 24, and each wait for a pool alone is ten."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        away = f"postgresql://linli:x@127.0.0.1:{silent.getsockname()[1]}/linli"
        begun = time.monotonic()
        ended, told = doctor("--json", **(SERVER | {"DATABASE_URL": away, "KEYS_DATABASE_URL": away}))
        took = time.monotonic() - begun
        silent.setblocking(False)
        with silent.accept()[0]:
            pass
        with pytest.raises(BlockingIOError):  # one question in all
            silent.accept()
    looked = {one["what"]: one for one in json.loads(told)["looked_at"]}

    assert ended == 2
    assert [one["is"] for one in looked["数据库应答，打开方式对"]["troubles"]] == [
        "数据库 default 没有应答。", "数据库 keys 没有应答。",
    ]  # fmt: skip
    assert took < 18


def test_one_machine_hears_what_is_well_what_is_wrong_and_what_to_do(installed, tmp_path):
    ended, told = doctor(
        "--json", "--address", "127.0.0.1:9", LINLI_DATA=str(installed), LINLI_STATIC=str(tmp_path)
    )
    looked = {one["what"]: one for one in json.loads(told)["looked_at"]}

    assert ended == 2
    assert {what for what, one in looked.items() if one["how"] == "wrong"} == {"样式和脚本"}
    assert looked["样式和脚本"]["troubles"][0]["do"] == "运行 make setup 和 linli prepare，再重新启动。"
    assert looked["网站在 127.0.0.1:9 应答"]["troubles"][0]["is"] == "网站没有在运行，端口是空的。"
    assert looked["主密钥和密钥库配得上"] == {"what": "主密钥和密钥库配得上", "how": "well", "troubles": []}
    assert looked["后台在运行"]["troubles"][0]["is"] == "后台还一次都没有运行过。"


@pytest.mark.parametrize("broken", ["linli.sqlite3", "keys.sqlite3"])
def test_a_database_that_is_damaged_is_told_and_nothing_else_is_asked_of_it(installed, tmp_path, broken):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o750)
    for file in installed.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
            (folder / file.name).chmod(0o600)
    (folder / f"{broken}-wal").unlink(missing_ok=True)
    (folder / broken).write_bytes(b"no database at all" * 1000)
    ended, told = doctor(LINLI_DATA=str(folder))

    assert ended == 2
    assert "没有应答。" in told
    assert "没有查：数据库没有应答。" in told


def test_what_others_may_read_is_told(settings, tmp_path):
    settings.DATA = tmp_path
    settings.MEDIA_ROOT = settings.ROOTS_FOLDER = settings.BACKUPS_FOLDER = ""
    (tmp_path / "secrets.env").touch(0o600)
    tmp_path.chmod(0o750)
    assert list(machine.rights(NOW)) == []
    (tmp_path / "secrets.env").chmod(0o640)
    tmp_path.chmod(0o755)

    assert [str(one.sentence) for one in machine.rights(NOW)] == [
        "这台机器上的其他人能看到数据目录。",
        "其他人能读密钥文件。",
    ]


def test_libraries_that_are_not_those_of_the_lock_file_are_named(settings, tmp_path):
    assert list(machine.versions(NOW)) == []
    settings.ROOT = tmp_path
    (tmp_path / "requirements.lock").write_text(
        "django==1.0 \\\n    --hash=sha256:00\nnobody-has-this==1 \\\n    --hash=sha256:00\n"
        "pywin32==1 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    )
    (told,) = machine.versions(NOW)

    assert str(told.sentence) == "装的程序库和这一版要的不一样：django、nobody-has-this。"
    assert not told.is_grave


@pytest.mark.parametrize(("answer", "told"), [("yes", 0), ("no", 1), ("", 0)])
def test_a_clock_that_nobody_sets_is_told(monkeypatch, tmp_path, answer, told):
    program = tmp_path / "timedatectl"
    program.write_text(f"#!/bin/sh\necho {answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert len(list(machine.time_is_kept(NOW))) == told

    program.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(machine.time_is_kept(NOW)) == []


def test_static_files_that_were_not_collected_whole_are_told(settings, tmp_path):
    settings.STATIC_ROOT = str(tmp_path)
    (tmp_path / "vendor").mkdir()
    (tmp_path / "ui").mkdir()
    for name in machine.NEEDED:
        (tmp_path / name).touch()
    listed = tmp_path / "staticfiles.json"
    listed.write_text(json.dumps({"paths": {name: name for name in machine.NEEDED}}))
    assert list(machine.static_files(NOW)) == []
    (tmp_path / machine.NEEDED[0]).unlink()
    assert len(list(machine.static_files(NOW))) == 1
    listed.write_text("{")
    assert len(list(machine.static_files(NOW))) == 1


def test_a_demonstration_and_a_gateway_that_is_not_set_are_warnings(settings):
    settings.DEMONSTRATION, settings.SMS = True, {}
    said = [str(one.sentence) for one in machine.set_up(NOW)]
    assert said == [
        "演示模式开着：所有账号和密码都写在网页上。",
        "没有设置短信网关：验证码和短信发不出去，居民不能登录。",
    ]
    settings.DEMONSTRATION, settings.SMS = False, {"base_url": "x"}
    assert list(machine.set_up(NOW)) == []


@pytest.mark.django_db
def test_the_servers_clock_and_zone_are_compared(monkeypatch):
    here = timezone.now
    assert [one for one in machine.server(NOW) if one.is_grave] == []
    monkeypatch.setattr(timezone, "now", lambda: here() + timedelta(seconds=5))
    apart = [str(one.sentence) for one in machine.server(NOW) if one.is_grave]
    on_servers = os.environ.get("LINLI_TEST_DB") == "postgresql"
    assert apart == (["数据库的时钟和这台机器的对不上。"] * 2 if on_servers else [])
