"""The installation that is measured: its databases, its processes, and the people signed in to it."""

from __future__ import annotations

import http.client
import os
import re
import secrets
import subprocess
import sys
import time
from base64 import b32decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from bench.people import PASSWORD, SECRET

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
WORKERS, THREADS = 2, 2
PATIENCE = 90
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def production(folder: Path, socket: str) -> dict[str, str]:
    """Return the environment of a server installation, as docs/settings.md asks for."""
    host = socket.replace("/", "%2F")
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LINLI_MASTER_KEY": b64encode(os.urandom(32)).decode(),
        "LINLI_TRACKING_SECRET": secrets.token_urlsafe(48),
        "DATABASE_URL": f"postgresql://postgres@{host}/linli",
        "KEYS_DATABASE_URL": f"postgresql://postgres@{host}/keys",
        "LINLI_DIRECT": "1",
        "LINLI_HOSTS": "127.0.0.1",
        "LINLI_STATIC": str(folder / "static"),
        "LINLI_MEDIA": str(folder / "media"),
        "LINLI_ROOTS": str(folder / "roots"),
    }


def embedded(folder: Path) -> dict[str, str]:
    """Return the environment of `linli serve`, behind a proxy: reports come from as many addresses as people."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        "LINLI_DATA": str(folder / "data"),
        "LINLI_PROXIES": "1",
    }


def manage(environment: Mapping[str, str], *command: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def web(port: int, target: str = "config.asgi:entrance") -> list[str]:
    """Return the command of the web server, as docs/settings.md recommends it for two cores."""
    has_lanes = target == "config.asgi:entrance"
    kind = (
        ["--interface", "asginl"]
        if has_lanes
        else ["--interface", "wsgi", "--blocking-threads", str(THREADS)]
    )
    return [
        str(BIN / "granian"), "--host", "127.0.0.1", "--port", str(port), "--no-ws",
        "--workers", str(WORKERS), *kind, "--log-level", "error", target,
    ]  # fmt: skip


def work() -> list[str]:
    return [sys.executable, "manage.py", "work"]


def serve(port: int) -> list[str]:
    return [sys.executable, "manage.py", "serve", f"127.0.0.1:{port}"]


@contextmanager
def running(
    commands: Mapping[str, list[str]], environment: Mapping[str, str], folder: Path
) -> Iterator[dict[str, int]]:
    """Start processes, give their ids by name, and end them by those ids."""
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            with (folder / f"{name}.log").open("ab") as log:
                started[name] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        yield {name: process.pid for name, process in started.items()}
    except BaseException:
        for name in started:
            said = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
            print(f"{name} said last:", *said[-15:], sep="\n")
        raise
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait(60)


class Session:
    """A browser of few words: cookies, the proxy's headers, and what a page needs to be believed."""

    def __init__(self, port: int, *, https: bool) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        scheme = "https" if https else "http"
        self.plain = {"Origin": f"{scheme}://127.0.0.1:{port}", "Referer": f"{scheme}://127.0.0.1:{port}/"}
        if https:
            self.plain |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}

    def headers(self, **more: str) -> dict[str, str]:
        """Return what every request carries, the token of the API included."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        token = next((value for name, value in self.cookies.items() if "csrf" in name), "")
        return {
            **self.plain,
            **({"Cookie": cookies} if cookies else {}),
            **({"X-CSRFToken": token} if token else {}),
            **more,
        }

    def ask(self, method: str, path: str, body: bytes | None = None, **more: str) -> tuple[int, str, str]:
        """Return status, body and where it leads."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body=body, headers=self.headers(**more))
        answer = connection.getresponse()
        said = answer.read().decode("utf-8", "replace")
        for line in answer.msg.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        connection.close()
        return answer.status, said, answer.headers.get("Location", "")

    def _post(self, path: str, page: str, **fields: str) -> tuple[int, str, str]:
        token = TOKEN.search(page)
        form = {"csrfmiddlewaretoken": token.group(1) if token else "", **fields}
        return self.ask(
            "POST", path, urlencode(form).encode(), **{"Content-Type": "application/x-www-form-urlencoded"}
        )

    def sign_in(self, username: str) -> Session:
        """Sign in as staff do: name, password, second factor."""
        door, second = "/desk/sign-in", "/desk/sign-in/second"
        status, said, leads = self._post(door, self.ask("GET", door)[1], login=username, password=PASSWORD)
        if status != 302 or not leads.startswith(second):
            raise RuntimeError(f"The password was not taken: {status} {leads} {said[:300]}")
        code = TOTP(b32decode(SECRET), 6, SHA1(), 30).generate(int(time.time())).decode()  # noqa: S303 -- as RFC 6238 has it
        status, said, leads = self._post(second, self.ask("GET", second)[1], code=code)
        if status != 302:
            raise RuntimeError(f"The second factor was not taken: {status} {said[:300]}")
        return self


def wait_for(port: int, *, path: str = "/health", headers: Mapping[str, str] | None = None) -> None:
    """Wait until the server answers."""
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path, headers=dict(headers or {}))
            connection.getresponse().read()
        except OSError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.2)
        else:
            return
