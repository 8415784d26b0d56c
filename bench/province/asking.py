"""``python -m bench.province.asking <told>``: one web process of one size, asked page by page through a pipe.

A line in is ``{"ask": name}``; a line out is the milliseconds it took, the CPU of them and
the status. ``{"explain": name}`` counts the statements instead and names the large tables
that were read from end to end; ``{"memory": 1}`` tells the process's megabytes.
"""

from __future__ import annotations

import json
import re
import sys
import time
from base64 import b32decode
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import django

LARGE = 20_000  # rows: a smaller table may well be read whole
SMAPS = re.compile(r"^(\w+):\s+(\d+) kB", re.MULTILINE)


def main(file: Path) -> None:
    django.setup()
    from django.conf import settings  # noqa: PLC0415 -- after the settings

    settings.LIMITS = dict.fromkeys(settings.LIMITS, "1000000/m")  # one client asks for all
    asker = Asker(json.loads(file.read_text(encoding="utf-8")))
    print(json.dumps({"ready": list(asker.lines)}), flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        if "ask" in wanted:
            said = asker.ask(wanted["ask"])
        elif "explain" in wanted:
            said = asker.explain(wanted["explain"])
        else:
            said = {"memory": memory("self")}
        print(json.dumps(said), flush=True)


class Memory(NamedTuple):
    """A process's megabytes: in memory, its share of what several have, and what is its alone."""

    resident: float
    share: float
    own: float

    def __str__(self) -> str:
        return f"{self.resident:.0f} MB ({self.own:.0f} its own alone)"


def memory(pid: int | str) -> Memory:
    """Return how much memory a process takes (RSS, PSS, USS)."""
    told = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = {name: int(kilobytes) / 1024 for name, kilobytes in SMAPS.findall(told)}
    return Memory(found["Rss"], found["Pss"], found["Private_Clean"] + found["Private_Dirty"])


class Asker:
    """Signed in as two people and as nobody; each name in ``lines`` is one request."""

    def __init__(self, told: dict[str, Any]) -> None:
        from bench.people import CLERK, COUNTY  # noqa: PLC0415 -- after the settings

        self.told = told
        self.stranger = _client()
        self.clerk, self.county = _signed_in(CLERK), _signed_in(COUNTY)
        self.sent = 0
        self.to_sort: list[tuple[str, int]] = []
        self.building, archive = _known(told["in_hand"][0])
        turns = {name: cycle(found) for name, found in archive.items()}
        hand, code = cycle(told["in_hand"]), cycle(told["codes"])
        read = _read
        self.lines: dict[str, Callable[[], Any]] = {
            "floor: the front page, nothing of the archive": lambda: read(self.stranger, "/"),
            "inbox, page": lambda: read(self.clerk, "/desk/"),
            "inbox, JSON": lambda: read(self.clerk, "/api/v1/requests?limit=50"),
            "case in hand, page": lambda: read(self.clerk, f"/desk/cases/{next(hand)}"),
            "case in hand, JSON": lambda: read(self.clerk, f"/api/v1/requests/{next(hand)}"),
            "case of the archive, page": lambda: read(self.county, f"/desk/cases/{next(turns['ids'])}"),
            "overview of a county": lambda: read(self.county, "/desk/figures"),
            "overview, 90 days": lambda: read(self.county, "/desk/figures?days=90"),
            "register of a clerk": lambda: read(self.clerk, "/desk/cases"),
            "register of a county": lambda: read(self.county, "/desk/cases"),
            "register, open only": lambda: read(self.county, "/desk/cases?state=open"),
            "register, passed on": lambda: read(self.clerk, "/desk/cases?mine=passed"),
            "search, a number": lambda: read(self.county, f"/desk/cases?q={next(turns['numbers'])}"),
            "search, a clerk's number": lambda: read(self.clerk, f"/desk/cases?q={next(turns['own'])}"),
            "search, a common word": lambda: read(self.clerk, "/desk/cases?q=楼道照明"),
            "search, a county's word": lambda: read(self.county, "/desk/cases?q=楼道照明"),
            "tracking page": lambda: read(self.stranger, f"/t/{next(code)}"),
            "intake": self._intake,
            "step (sort)": self._sort,
        }  # fmt: skip

    def ask(self, name: str) -> dict[str, Any]:
        began, cpu = time.perf_counter(), time.process_time()
        answer = self.lines[name]()
        spent = {"ms": (time.perf_counter() - began) * 1000, "cpu": (time.process_time() - cpu) * 1000}
        if answer.status_code >= 300:
            raise RuntimeError(f"{name} was answered {answer.status_code} {answer.content[:300]!r}")
        return spent

    def explain(self, name: str) -> dict[str, Any]:
        """Count the statements of one request, and look how the database would find their rows."""
        from django.db import connection  # noqa: PLC0415 -- after the settings

        seen: list[tuple[str, Any]] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- as Django calls it
            seen.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            self.lines[name]()
        whole = {table for sql, params in seen for table in _read_whole(connection, sql, params)}
        return {"statements": len(seen), "read whole": sorted(whole)}

    def _intake(self) -> Any:
        self.sent += 1
        body = {"text": "三栋二单元楼道灯不亮。", "place": self.building, "category": "homes.light"}
        answer = _sent(self.clerk, "/api/v1/requests", body, key=f"the-province-sends-{time.time_ns()}")
        case = answer.json()["case"]
        self.to_sort.append((case["id"], case["version"]))
        return answer

    def _sort(self) -> Any:
        case_id, version = self.to_sort.pop() if self.to_sort else self.told["to_sort"].pop()
        body = {"version": version, "sort": "shared", "reason": "common_part"}
        return _sent(self.clerk, f"/api/v1/requests/{case_id}/sort", body)


def _known(case_id: str) -> tuple[str, dict[str, list[str]]]:
    """Return a building of the clerk's, and cases to ask for: of the county's archive, and that passed the clerk."""
    from linli.kernel.cases.models import Case, Passage  # noqa: PLC0415 -- after the settings

    mine = Case.objects.get(pk=case_id)
    archive = Case.objects.filter(county=mine.county, closed_at__isnull=False).order_by("id")[:60]
    rows = list(archive.values_list("id", "number"))
    passed = Passage.objects.filter(desk_id=mine.holder_id).order_by("-case_id")[:60]
    own = list(passed.values_list("case__number", flat=True))
    return str(mine.place_id), {
        "ids": [str(pk) for pk, _n in rows],
        "numbers": [n for _pk, n in rows],
        "own": own,
    }


def _client() -> Any:
    from django.test import Client  # noqa: PLC0415 -- after the settings

    return Client(SERVER_NAME="127.0.0.1", HTTP_X_FORWARDED_FOR="127.0.0.1", HTTP_X_FORWARDED_PROTO="https")


def _signed_in(username: str) -> Any:
    """Sign in as staff do: name, password, second factor."""
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415 -- as below
    from cryptography.hazmat.primitives.twofactor.totp import TOTP  # noqa: PLC0415 -- in this process only

    from bench.people import PASSWORD, SECRET  # noqa: PLC0415 -- after the settings

    client = _client()
    first = client.post("/desk/sign-in", {"login": username, "password": PASSWORD}, secure=True)
    code = TOTP(b32decode(SECRET), 6, SHA1(), 30).generate(int(time.time())).decode()  # noqa: S303 -- as RFC 6238 has it
    second = client.post("/desk/sign-in/second", {"code": code}, secure=True)
    if (first.status_code, second.status_code) != (302, 302):
        raise RuntimeError(
            f"{username} could not sign in: {first.status_code} {second.status_code} {second.content[:300]!r}"
        )
    return client


def _read(client: Any, path: str) -> Any:
    return client.get(path, secure=True)


def _sent(client: Any, path: str, body: dict[str, Any], *, key: str = "") -> Any:
    more = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return client.post(path, json.dumps(body), content_type="application/json", secure=True, **more)


def _read_whole(connection: Any, sql: str, params: Any) -> set[str]:
    """Return the large tables that a statement reads from end to end."""
    if connection.vendor != "postgresql" or not sql.lstrip().startswith("SELECT"):
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
        tables = _scanned((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])
        large = set()
        for table in tables:
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
            if cursor.fetchone()[0] > LARGE:
                large.add(table)
    return large


def _scanned(plan: dict[str, Any]) -> set[str]:
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(_scanned(below) for below in plan.get("Plans", [])))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
