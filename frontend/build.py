"""Build the browser files with a Node from PyPI, in an environment that is thrown away.

Needs Python alone. pip's own configuration is honoured; npm also trusts the certificate
that pip trusts, because the npm in the wheel does not read a system-wide npmrc.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent


def say(text: str) -> None:
    print(f"邻里: {text}", flush=True)  # noqa: T201 -- progress for the person at the terminal


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="linli-node-") as folder:
        say("fetching Node (about 60 MB, thrown away afterwards)")
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        run([*pip, "install", "--quiet", "--require-hashes", "-r", HERE / "node.lock"])
        environment = os.environ | {"PATH": f"{folder}/bin{os.pathsep}{os.environ.get('PATH', '')}"}
        environment.setdefault("NODE_EXTRA_CA_CERTS", certificate(pip))
        say("fetching the browser libraries")
        run([Path(folder, "bin", "npm"), "ci", "--no-progress"], env=environment)
        say("building the browser files")
        run([Path(folder, "bin", "npm"), "run", "--silent", "build"], env=environment)
    shutil.rmtree(HERE / "node_modules")


def run(command: list[str | Path], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=HERE, env=env, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        sys.exit(f"邻里: this did not work: {' '.join(str(part) for part in command)}")


def certificate(pip: list[str | Path]) -> str:
    """Return the certificate file that pip is configured with, or "" for the system's."""
    asked = subprocess.run(
        [*pip, "config", "get", "global.cert"], capture_output=True, text=True, check=False
    )
    return os.environ.get("PIP_CERT") or asked.stdout.strip()


if __name__ == "__main__":
    main()
