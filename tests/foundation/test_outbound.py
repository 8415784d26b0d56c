"""What leaves the house goes to public addresses or to a named one, once looked up, and never for long."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from linli.foundation import outbound
from tests.figures import Tell

PUBLIC = "198.41.0.4"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
# What a name server may say to lead us in: first this, then, asked again, that.
NAMES: dict[str, list[list[str]]] = {
    "private.example": [["10.0.0.1"]],
    "metadata.example": [["169.254.169.254"]],
    "here.example": [["127.0.0.1"]],
    "here6.example": [["::1"]],
    "mapped.example": [["::ffff:127.0.0.1"]],
    "mixed.example": [[PUBLIC, "127.0.0.1"]],
    "mixed6.example": [["::1", PUBLIC]],
    "nobody.example": [[]],
    "localtest.example": [["0.0.0.0"]],  # noqa: S104 -- to be refused
    "rebound.example": [[PUBLIC], ["127.0.0.1"]],
    "rebound6.example": [[PUBLIC], ["::1"]],
    "rebound-metadata.example": [[PUBLIC], ["169.254.169.254"]],
    "rebound-private.example": [[PUBLIC], ["10.0.0.1"]],
    "localhost": [["127.0.0.1", "::1"]],
}
LITERALS = (
    "127.0.0.1", "127.1", "127.0.0.2", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "0", "00.0.0.0", "10.0.0.1", "10.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "0xc0a80101",
    "100.64.0.1", "100.100.100.200", "169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.170.2",
    "168.63.129.16", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "①②⑦.⓪.⓪.①", "127。0。0。1",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::]",
    "[2001:0:7f00:1::]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]", "[fc00::1]", "[fd00:ec2::254]",
    "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[ff02::1]", "[100::1]",
)  # fmt: skip
SPELT = (
    "https://user@{here}/", "https://198.41.0.4@{here}/", "https://{here}#@198.41.0.4/", "https://{here}?@198.41.0.4",
    "https://[::1/", "https://:443/", "https://here.example:0/", "https://a b/", "https://\x00/", "https:///etc/passwd",
    "https://127.0.0.1:99999/",
)  # fmt: skip


class Listener:
    """Listens on this machine, does ``act`` with each that comes, and counts them."""

    def __init__(self, act: Callable[[socket.socket], None], family: int = socket.AF_INET) -> None:
        self.act, self.taken = act, 0
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        self.socket = socket.create_server((host, 0), family=family)
        self.port: int = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with ExitStack() as held:
            while True:
                try:
                    one, _from = self.socket.accept()
                except OSError:
                    return  # it was closed
                self.taken += 1
                held.enter_context(one)
                threading.Thread(target=self._act, args=(one,), daemon=True).start()

    def _act(self, one: socket.socket) -> None:
        try:
            self.act(one)
        except OSError:
            one.close()  # who asked has gone

    def close(self) -> None:
        self.socket.close()


@contextmanager
def listening(act: Callable[[socket.socket], None], family: int = socket.AF_INET) -> Iterator[Listener]:
    with closing(Listener(act, family)) as one:
        yield one


def answering(text: bytes) -> Callable[[socket.socket], None]:
    def act(one: socket.socket) -> None:
        one.recv(65536)
        one.sendall(text)

    return act


class Net:
    """In place of the net: names from the list above, and what is connected to, of which only this machine answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.connected: list[str] = []
        self._connect, self._look_up = socket.socket.connect, socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)
        monkeypatch.setattr(socket.socket, "connect", lambda one, to: self.connect(one, to))  # noqa: PLW0108 -- a bound method would not get the socket

    def look_up(self, host: str, port: int, **more: Any) -> list[Any]:
        name = host.encode("idna").decode() if not host.isascii() else host
        self.asked.append(name)
        if name in NAMES:
            answers = NAMES[name]
            found = answers[min(self.asked.count(name), len(answers)) - 1]
        elif ":" in name:
            found = [name.partition("%")[0]]
        else:
            found = [socket.inet_ntoa(socket.inet_aton(name))]  # as the C library reads an address
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in found
        ]

    def connect(self, one: socket.socket, to: Any) -> None:
        self.connected.append(str(to[0]))
        if not ip_address(to[0]).is_loopback:
            raise ConnectionRefusedError
        self._connect(one, to)


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Net:
    return Net(monkeypatch)


def tried(url: str) -> str:
    """Return what became of a request."""
    try:
        return str(outbound.post(url, "/", headers={}, body=b"secret").status)
    except outbound.Unreached as error:
        return error.why
    except outbound.NoAnswer:
        return "no_answer"
    except ImproperlyConfigured:
        return "not_configured"


def test_sixty_hostile_addresses_and_more_reach_nothing_inside(net: Net, figure: Tell) -> None:
    """Each by TLS and in clear, at the port where something listens on this machine."""
    with listening(answering(OK)) as four, listening(answering(OK), socket.AF_INET6) as six:
        hosts = [*LITERALS, *NAMES]
        urls = [f"{scheme}://{host}:{port.port}" for scheme in ("https", "http") for host in hosts
                for port in (four, six)]  # fmt: skip
        urls += [one.format(here=f"127.0.0.1:{four.port}") for one in SPELT]
        urls += ["ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "//127.0.0.1/", ""]
        said = {url: tried(url) for url in urls}
        taken = four.taken + six.taken
    inside = [one for one in net.connected if not outbound.is_outside(ip_address(one))]
    figure("J1", "connections to what is not public, by hostile addresses", target="0",
           n=len(hosts) + len(SPELT) + 5, floor=60, got=max(len(inside), taken))  # fmt: skip

    assert (inside, taken) == ([], 0)
    assert set(said.values()) == {"unreachable", "address_not_allowed", "no_such_url", "not_configured"}
    assert set(net.connected) == {PUBLIC}  # the first answer of those that change it, and no other


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("rebound")])
def test_a_name_is_looked_up_once_and_what_was_looked_at_is_connected_to(net: Net, name: str) -> None:
    assert tried(f"https://{name}") == "unreachable"
    assert (net.asked, net.connected) == ([name], [PUBLIC])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_to_a_neighbour_within(
    net: Net, settings: Settings, status: int, figure: Tell
) -> None:
    settings.OUTBOUND_PRIVATE = ["127.0.0.1/32"]
    with listening(answering(OK)) as within:
        for to in (f"http://127.0.0.1:{within.port}/", "https://rebound.example/", "http://169.254.169.254/"):
            head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
            with listening(answering(head.encode())) as gateway:
                assert tried(f"http://127.0.0.1:{gateway.port}") == str(status)
        taken = within.taken
    figure("J1", f"redirects followed, {status}", target="0", n=3, floor=3, got=taken)
    assert (taken, net.connected, net.asked) == (0, ["127.0.0.1"] * 3, ["127.0.0.1"] * 3)


def test_a_gateway_in_a_net_of_ones_own_is_reached_where_it_is_named_and_no_neighbour_of_it(
    net: Net, settings: Settings
) -> None:
    with listening(answering(OK)) as gateway:
        assert tried(f"http://localhost:{gateway.port}") == "address_not_allowed"
        settings.OUTBOUND_PRIVATE = ["127.0.0.1/32", "::1/128", "10.4.0.17/32"]
        assert tried(f"http://localhost:{gateway.port}") == "200"
        assert gateway.taken == 1
    assert tried("https://10.4.0.17") == "unreachable"
    assert net.connected[-1] == "10.4.0.17"
    assert tried("https://10.4.0.18") == "address_not_allowed"
    assert tried("http://10.4.0.17") == "not_configured"
    NAMES["localhost"], before = [["10.4.0.17"]], NAMES["localhost"]  # a lie in /etc/hosts
    try:
        assert tried("http://localhost") == "address_not_allowed"
    finally:
        NAMES["localhost"] = before


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "223.5.5.5", "2400:3200::1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"],
)
def test_the_public_net_is_outside(address: str) -> None:
    assert outbound.is_outside(ip_address(address))


def a_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Listener, list[Any]]]:
    """One that speaks TLS as ``gateway.example``, trusted here, and notes what it is asked for."""
    certificate, key = a_certificate(tmp_path, "gateway.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    heard: list[Any] = []
    context.sni_callback = lambda _one, name, _context: heard.append(name)

    def act(one: socket.socket) -> None:
        with context.wrap_socket(one, server_side=True) as sealed:
            said = b""
            while not said.endswith(b"said"):
                said += sealed.recv(65536)
            heard.append(said)
            sealed.sendall(OK)

    for name in ("gateway.example", "other.example"):
        monkeypatch.setitem(NAMES, name, [["127.0.0.1"]])
    with listening(act) as one:
        yield one, heard


def test_the_certificate_and_the_host_are_those_of_the_name_though_an_address_is_connected_to(
    net: Net, settings: Settings, gateway: tuple[Listener, list[Any]]
) -> None:
    settings.OUTBOUND_PRIVATE = ["127.0.0.1/32"]
    (one, heard) = gateway
    answer = outbound.post(f"https://gateway.example:{one.port}", "/x?y", headers={"A": "b"}, body=b"said")

    assert answer == outbound.Answer(200, b"ok")
    assert heard[0] == "gateway.example"
    assert heard[1].startswith(b"POST /x?y HTTP/1.1\r\nHost: gateway.example:")
    assert heard[1].endswith(b"\r\nA: b\r\n\r\nsaid")
    assert tried(f"https://other.example:{one.port}") == "unreachable"  # the certificate is another's
    assert tried(f"https://127.0.0.1:{one.port}") == "unreachable"
    assert [word for word in heard if isinstance(word, bytes)] == [heard[1]]  # nothing more was sent


def dripping(text: bytes) -> Callable[[socket.socket], None]:
    def act(one: socket.socket) -> None:
        for at in range(len(text)):
            one.sendall(text[at : at + 1])
            time.sleep(0.05)

    return act


@pytest.mark.slow  # shipped seconds, all at once
def test_whatever_a_receiver_does_we_are_back_within_five_seconds(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, figure: Tell
) -> None:
    settings.OUTBOUND_PRIVATE = ["127.0.0.1/32"]
    net = Net(monkeypatch)
    known = net.look_up
    silent = threading.Event()

    def look_up(host: str, port: int, **more: Any) -> list[Any]:
        if host == "silent.example":
            silent.wait(30)
        return known(host, port, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with ExitStack() as held:
        nothing = held.enter_context(listening(lambda _one: time.sleep(30))).port
        head = held.enter_context(listening(dripping(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200))).port
        body = held.enter_context(listening(dripping(OK.replace(b": 2", b": 900") + b"." * 900))).port
        full = held.enter_context(closing(socket.create_server(("127.0.0.1", 0), backlog=0)))
        for _place in range(3):  # so that the next one waits for its place
            waiting = held.enter_context(closing(socket.socket()))
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        urls = [
            f"http://127.0.0.1:{nothing}", f"https://127.0.0.1:{nothing}", f"http://127.0.0.1:{head}",
            f"http://127.0.0.1:{body}", f"http://127.0.0.1:{full.getsockname()[1]}", "https://silent.example",
        ]  # fmt: skip

        def timed(url: str) -> tuple[str, float]:
            begun = time.monotonic()
            return tried(url), time.monotonic() - begun

        with ThreadPoolExecutor(len(urls)) as pool:
            said, took = zip(*pool.map(timed, urls), strict=True)
        silent.set()
    figure("J2", "longest wait for a receiver that is there and does not answer, s", target="5",
           n=len(urls), floor=6, got=f"{max(took):.1f}")  # fmt: skip
    assert said == ("no_answer", "unreachable", "no_answer", "no_answer", "unreachable", "unreachable")
    assert outbound.SECONDS * 0.9 < min(took) <= max(took) <= 5
