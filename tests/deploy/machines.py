"""Three database machines on loopback, from the files of deploy/: etcd, Patroni, PostgreSQL; and HAProxy."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psycopg

from tests.deploy.programs import Program, free_ports, listens, needed, until, variables
from tests.deploy.site import Site
from tests.deploy.values import write

NAMES = ("db1", "db2", "db3")
BIN = "/usr/lib/postgresql/15/bin"


class Machine:
    """One of the three. Lost means: every program of it is killed at once."""

    def __init__(self, site: Site, values: dict[str, str]) -> None:
        self.name, self.values = values["machine"], values
        self.folder = site.folder / self.name
        etc = Path(values["configuration"])
        member = [needed("etcd")]
        self.etcd = Program(f"etcd_{self.name}", member, site.folder, variables(etc / "etcd/etcd.env"))
        patroni = [needed("patroni"), str(etc / "patroni/patroni.yml")]
        self.patroni = Program(f"patroni_{self.name}", patroni, site.folder, {})
        site.programs |= {self.etcd.name: self.etcd, self.patroni.name: self.patroni}

    def start(self) -> None:
        self.etcd.start()
        self.patroni.start()

    def lose(self) -> None:
        """Kill Patroni, PostgreSQL with all its processes, and the member of etcd."""
        self.lose_database()
        _kill(self.etcd.pid)
        self.etcd.stop()

    def lose_database(self) -> None:
        """Kill Patroni, and PostgreSQL with all its processes."""
        file = self.folder / "data/postmaster.pid"
        postmaster = [int(file.read_text().split()[0])] if file.exists() else []
        children = [child for pid in postmaster for child in _children(pid)]
        for pid in (self.patroni.pid, *postmaster, *children):
            _kill(pid)
        self.patroni.stop()

    def leads(self) -> bool:
        """Does Patroni say that this machine is the primary?"""
        return _get(f"http://127.0.0.1:{self.values['machine_rest']}/primary")[0] == 200

    def members(self) -> dict[str, tuple[str, str]]:
        """Return what Patroni knows of the cluster: name → role and state."""
        status, said = _get(f"http://127.0.0.1:{self.values['machine_rest']}/cluster")
        rows = said.get("members", []) if status == 200 else []
        return {row["name"]: (row["role"], row["state"]) for row in rows}


class Machines:
    def __init__(self, site: Site) -> None:
        self.site = site
        ports = free_ports(4 * len(NAMES))
        shared = _shared(ports)
        site.write(**shared, pool_size="10")
        self.every = [Machine(site, self._written(number, shared, ports)) for number in range(len(NAMES))]

    def _written(self, number: int, shared: dict[str, str], ports: list[int]) -> dict[str, str]:
        """Fill the files in for one machine, in a folder of its own."""
        name = NAMES[number]
        folder = self.site.folder / name
        folder.mkdir()
        port, rest, etcd, peer = map(str, ports[4 * number : 4 * number + 4])
        values = self.site.values | {
            "configuration": str(folder / "etc"), "machine": name, "machine_address": "127.0.0.1",
            "machine_port": port, "machine_rest": rest, "machine_etcd": etcd, "machine_etcd_peer": peer,
            "postgresql_bin": BIN, "postgresql_data": str(folder / "data"), "etcd_data": str(folder / "etcd"),
        }  # fmt: skip
        write(values, self.site.folder)
        return values

    def start(self) -> None:
        """Found the cluster, and find its primary by way of HAProxy."""
        for machine in self.every:
            machine.etcd.start()
        for machine in self.every:
            machine.etcd.ready(lambda port=int(machine.values["machine_etcd"]): listens(port))
        for machine in self.every:
            machine.patroni.start()
        self.whole()
        proxy = [needed("haproxy"), "-db", "-f", str(self.site.etc / "haproxy/haproxy.cfg")]
        program = Program("haproxy", proxy, self.site.folder, {}).start()
        self.site.programs["haproxy"] = program
        until(self._is_found, "HAProxy finds no primary", said=program.said)

    def end(self) -> None:
        """All three at once; nobody is promoted any more."""
        for machine in self.every:
            if machine.patroni.is_running:
                machine.lose()

    def whole(self) -> float:
        """Wait for a leader, a synchronous standby and a third that follows; return the seconds."""
        wanted = [("leader", "running"), ("replica", "running"), ("sync_standby", "running")]
        return until(
            lambda: sorted(self.members().values()) == wanted,
            "the three machines do not stand",
            within=120,
            said=lambda: f"{self.members()}\n" + "\n".join(one.patroni.said()[-1500:] for one in self.every),
        )

    def members(self) -> dict[str, tuple[str, str]]:
        return next((found for machine in self.every if (found := machine.members())), {})

    def primary(self) -> Machine:
        return next(machine for machine in self.every if machine.leads())

    def is_promoted(self, lost: Machine) -> bool:
        return any(machine.leads() for machine in self.every if machine is not lost)

    def _is_found(self) -> bool:
        try:
            self.site.connect("postgres", "postgres").close()
        except psycopg.OperationalError:
            return False
        return True


def _shared(ports: list[int]) -> dict[str, str]:
    """What every machine knows of the three."""
    found = {}
    for number in range(len(NAMES)):
        port, rest, _etcd, _peer = map(str, ports[4 * number : 4 * number + 4])
        named = {"address": "127.0.0.1", "port": port, "rest": rest}
        found |= {f"db_{number + 1}_{key}": value for key, value in named.items()}
    clients, peers = ports[2::4], ports[3::4]
    members = zip(NAMES, peers, strict=True)
    return found | {
        "etcd_hosts": ",".join(f"127.0.0.1:{port}" for port in clients),
        "etcd_members": ",".join(f"{name}=http://127.0.0.1:{port}" for name, port in members),
    }


def _get(address: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 -- loopback
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, {}
    except OSError:
        return 0, {}


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
