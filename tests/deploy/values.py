"""The values of an installation on loopback: ports and folders of the test, everything else as in deploy/."""

from __future__ import annotations

import secrets
import tomllib
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy import fill
from tests.deploy.programs import free_ports, give

ROOT = Path(__file__).parents[2]
VALUES = tomllib.loads((ROOT / "deploy/values.toml").read_text(encoding="utf-8"))
SECRETS = (
    "password",
    "owner_password",
    "superuser_password",
    "replication_password",
    "rewind_password",
    "backup_key",
)


def on_loopback(folder: Path) -> dict[str, str]:
    """Return values under which nothing leaves the folder and the loopback interface."""
    ports = map(str, free_ports(8))
    http, https, web_1, web_2, pooler, primary = (next(ports) for _n in range(6))
    for name in ("static", "media", "roots", "run", "backups", "drills"):
        (folder / name).mkdir()
    return VALUES | {
        "hosts": "localhost", "hosts_list": "localhost", "http": f"127.0.0.1:{http}", "https": f"127.0.0.1:{https}",
        "certificate": str(folder / "cert.pem"), "certificate_key": str(folder / "key.pem"),
        "web_1": f"127.0.0.1:{web_1}", "web_2": f"127.0.0.1:{web_2}",
        "program": str(ROOT), "configuration": str(folder / "etc"), "static": str(folder / "static"), "nginx_logs": str(folder / "run"),
        "media": str(folder / "media"), "roots": str(folder / "roots"),
        "restore_record": str(folder / "media/.restored.json"),
        "backups": str(folder / "backups"), "drills": str(folder / "drills"), "postgresql_data": str(folder / "data"),
        "secret_key": secrets.token_hex(32), "tracking_secret": secrets.token_hex(32),
        "master_key": b64encode(secrets.token_bytes(32)).decode(), **{name: secrets.token_hex(16) for name in SECRETS},
        "pooler_port": pooler, "pooler_run": str(folder / "run"), "primary_port": primary,
        "postgresql_run": str(folder / "run"), "clients": "127.0.0.1/32", "shared_buffers": "64MB",
    }  # fmt: skip


def write(values: dict[str, str], folder: Path) -> None:
    """Fill the files in, as an installation does, and hand all to the account that servers run as."""
    fill.fill(values, Path(values["configuration"]))
    _certify(values)
    give(folder)
    Path(values["static"]).chmod(0o2755)  # what is collected there belongs to the group that nginx is in


def _certify(values: dict[str, str]) -> None:
    """Make a certificate that nobody trusts but the test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    Path(values["certificate"]).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    Path(values["certificate_key"]).write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
