"""pgBackRest and the scripts around it, as an administrator of a database machine runs them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.deploy.programs import as_owner
from tests.deploy.values import ROOT


def command_of(values: Mapping[str, str]) -> str:
    """Return the archive_command that Patroni is told."""
    text = (Path(values["configuration"]) / "patroni/patroni.yml").read_text(encoding="utf-8")
    found = re.search(r"archive_command: >-\n((?: {10}.*\n)+)", text)
    assert found, "patroni.yml says nothing of an archive"
    return " ".join(found[1].split())


class Archive:
    """Of one database machine, whose files are filled in."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.machine = values["machine"]
        self._etc = Path(values["configuration"]) / "pgbackrest"
        self._ours = f"{values['program']}/.venv/bin/linli"

    def backrest(self, *words: str) -> str:
        said = ("--config", str(self._etc / "pgbackrest.conf"))
        said += ("--config-include-path", str(self._etc / "conf.d"), "--stanza=linli")
        return as_owner("pgbackrest", *said, *words).stdout

    def script(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of our scripts; the tests may run in another environment than the one that it names."""
        file = self._etc / name
        ours = str(Path(sys.executable).with_name("linli"))
        file.write_text(file.read_text(encoding="utf-8").replace(self._ours, ours), encoding="utf-8")
        return as_owner("sh", str(file), *words, cwd=ROOT, runs_ours=True)
