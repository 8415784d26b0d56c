"""nginx with nothing behind it: what it answers itself, to whom it speaks, and how."""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.site import Site

# Marked as the other programs' tests are: nginx must be installed. It starts within a tenth of a second.
pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("deploy")]
KEPT_TO_TLS = "max-age=31536000; includeSubDomains; preload"


@pytest.fixture(scope="module")
def alone() -> Iterator[Site]:
    site = Site()
    try:
        site.write()
        static = Path(site.values["static"])
        (static / "away.html").write_text("<p>暂时打不开</p>", encoding="utf-8")
        (static / "one.css").write_text("p {}", encoding="utf-8")
        for file in static.iterdir():
            file.chmod(0o644)
        site.start_nginx()
        yield site
    finally:
        site.stop()


def test_what_nginx_answers_itself_is_kept_to_tls(alone):
    """What a web process answers brings these headers along; what nginx answers has to say them itself."""
    answers = {path: alone.client().ask("GET", path) for path in ("/static/one.css", "/", "/api/v1/requests")}
    assert alone.client().ask("GET", "/static/").status == 403  # no list of what is there
    large = {path: _announced(alone, path) for path in ("/report", "/api/v1/photos")}

    assert {path: answer.status for path, answer in answers.items()} == {
        "/static/one.css": 200, "/": 503, "/api/v1/requests": 503
    }  # fmt: skip
    for headers in (*(answer.headers for answer in answers.values()), *large.values()):
        assert headers["Strict-Transport-Security"] == KEPT_TO_TLS
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_program_that_speaks_in_clear_is_refused_and_not_led_on(alone):
    address, _, port = alone.values["http"].partition(":")
    said = {}
    for path in ("/report", "/api/v1/requests", "/api/v1/requests/urgent"):
        connection = http.client.HTTPConnection(address, int(port), timeout=10)
        connection.request("POST", path, b"a=1", headers={"Host": "localhost"})
        answer = connection.getresponse()
        said[path] = (answer.status, answer.headers["Location"])
        connection.close()

    assert said == {
        "/report": (301, "https://localhost/report"),
        "/api/v1/requests": (403, None),
        "/api/v1/requests/urgent": (403, None),
    }


def test_nginx_speaks_new_tls_with_ciphers_that_keep_the_past_secret(alone):
    written = (alone.etc / "nginx/linli.conf").read_text(encoding="utf-8")
    (ciphers,) = {tuple(said.split(":")) for said in re.findall(r"ssl_ciphers (\S+);", written)}
    assert re.findall(r"ssl_protocols (.+);", written) == ["TLSv1.2 TLSv1.3"] * 2
    assert [
        one for one in ciphers if not re.fullmatch(r"ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM|CHACHA20)-\w+", one)
    ] == []

    assert _spoken(alone) == ("TLSv1.3", True)
    assert _spoken(alone, maximum_version=ssl.TLSVersion.TLSv1_2) == ("TLSv1.2", True)
    for refused in (
        "ECDHE-ECDSA-AES256-SHA384",
        "ECDHE-ECDSA-AES128-SHA",
    ):  # CBC: taken in the time of TLS 1.1
        with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
            _spoken(alone, refused, maximum_version=ssl.TLSVersion.TLSv1_2)


def _spoken(site: Site, ciphers: str = "", **bounds: ssl.TLSVersion) -> tuple[str | None, bool]:
    """Return the version that was agreed on, and whether the cipher authenticates what it encrypts."""
    context = ssl.create_default_context(cafile=site.values["certificate"])
    for name, value in bounds.items():
        setattr(context, name, value)
    if ciphers:
        context.set_ciphers(ciphers)
    connection = http.client.HTTPSConnection("localhost", site.port, timeout=10, context=context)
    connection.connect()
    cipher = connection.sock.cipher()
    version = connection.sock.version()
    connection.close()
    return version, "GCM" in cipher[0] or "CHACHA20" in cipher[0]


def _announced(site: Site, path: str) -> http.client.HTTPMessage:
    connection = site.client()._connection
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(129 * 1024 * 1024))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    answer.read()
    connection.close()
    return answer.headers
