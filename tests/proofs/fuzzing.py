"""One parser of ours under atheris: ``python -m tests.proofs.fuzzing <parser> <libFuzzer's words> <folder of seeds>``.

What a parser refuses in its own way is well; any other exception, and more than a second of the
processor for one input, ends the run with a fault.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["linli", "tomllib", "csv"], enable_loader_override=False):
    import django

    if __name__ == "__main__":
        django.setup()
        from django.core.exceptions import ValidationError
        from django.core.management.base import CommandError
        from django.test import RequestFactory

        from linli.foundation import forms, text
        from linli.foundation.errors import DomainError
        from linli.kernel.cases import api
        from linli.kernel.cases.queries import codes
        from linli.kernel.cases.queries.inbox import cursor, mark
        from linli.kernel.files.services import headers
        from linli.kernel.notices import registry as notices
        from linli.kernel.people.fields import normal_phone
        from linli.kernel.places.management.reporting import read_geojson
        from linli.kernel.places.queries.searching import initials
        from linli.kernel.places.services import shapes, shipped
        from linli.kernel.rulebook.queries import catalogue
        from linli.kernel.rulebook.schemas import checking
        from linli.kernel.vault import rules as vault
        from linli.shell.desk.forms import as_toml, parsed

ROOT = Path(__file__).parents[2]
LONGEST = 1.0  # seconds of the processor
KEYS = (
    "limits", "categories", "roles", "notices", "reading", "worktime", "calendar.2027", "profile.request",
    "profile.protected", "profile.data",
)  # fmt: skip
Provider = Any  # atheris.FuzzedDataProvider


class TooSlow(Exception):
    """One input took longer than anybody waits."""


def words(data: bytes) -> str:
    """As the web brings it: well-formed text of any characters."""
    return data.decode("utf-8", "ignore")


def any_words(data: bytes) -> str:
    """As JSON may bring it: with halves of characters."""
    return data.decode("utf-8", "surrogateescape")


def value(provider: Provider, depth: int = 4) -> Any:
    """Return some JSON."""
    plain: list[Callable[[], Any]] = [
        lambda: None,
        provider.ConsumeBool,
        provider.ConsumeFloat,
        provider.ConsumeRegularFloat,
        lambda: provider.ConsumeInt(8),
        lambda: provider.ConsumeIntInRange(-181, 181),
        lambda: provider.ConsumeUnicodeNoSurrogates(12),
    ]
    which = provider.ConsumeIntInRange(0, len(plain) + (2 if depth else -1))
    if which < len(plain):
        return plain[which]()
    parts = [value(provider, depth - 1) for _n in range(provider.ConsumeIntInRange(0, 6))]
    if which == len(plain):
        return {provider.ConsumeUnicodeNoSurrogates(8): part for part in parts}
    return parts


def file_of(data: bytes, name: str) -> Path:
    path = Path(tempfile.gettempdir(), name)
    path.write_bytes(data)
    return path


def divisions(data: bytes) -> None:
    for row in shipped.rows_of(file_of(data, "rows.csv")):
        initials(str(row.get("name") or ""))


def divisions_packed(data: bytes) -> None:
    for _row in shipped.rows_of(file_of(data, "rows.csv.gz")):
        continue


def ground_of(features: list[Any]) -> None:
    for feature, system in zip(features, ["wgs84", "gcj02", "bd09"] * len(features), strict=False):
        try:
            ground = shapes.read(feature, system)
            shapes.store(shapes.check(ground))
        except shapes.Bad:
            continue
        if ground.is_valid:
            shapes.inner_point(ground)


def geojson(data: bytes) -> None:
    ground_of(shapes.features(read_geojson(file_of(data, "ground.geojson"))))


def outlines(data: bytes) -> None:
    """Real JSON of the right form, with anything for coordinates."""
    provider = atheris.FuzzedDataProvider(data)
    kind = provider.PickValueInList(["Polygon", "MultiPolygon", "Point", "GeometryCollection"])
    corners = [[provider.ConsumeIntInRange(-1800, 1800) / 10, provider.ConsumeIntInRange(-900, 900) / 10]
               for _n in range(provider.ConsumeIntInRange(0, 12))]  # fmt: skip
    ring = [*corners, *corners[:1]]
    nested = {"Polygon": [ring], "MultiPolygon": [[ring], [ring[::-1]]]}.get(kind, ring)
    given = nested if provider.ConsumeBool() else value(provider)
    geometry = {"type": kind, "coordinates": given} if provider.ConsumeBool() else value(provider)
    feature = {"type": "Feature", "properties": value(provider), "geometry": geometry}
    ground_of(shapes.features({"type": "FeatureCollection", "features": [feature]}))
    if isinstance(given, list) and geometry and kind in {"Polygon", "MultiPolygon"}:
        try:
            raw = shapes.read({"geometry": {"type": kind, "coordinates": nested}})
            shapes.store(shapes.check(shapes.repair(raw)))
        except shapes.Bad:
            return


def telephone(data: bytes) -> None:
    said = words(data)
    text.mask_phone(said)
    forms.PhoneField(required=False).clean(said)
    normal_phone(said)


def typed(data: bytes) -> None:
    said = any_words(data)
    kept = text.clean(said, 1000)
    text.bigrams(kept), text.mask_name(kept), catalogue.normalised(kept), vault.never_collected(kept)
    notices.filled(kept, {"number": "1"})


def fields(data: bytes) -> None:
    said = words(data)
    for field in (
        forms.DegreesField(bound=180), forms.DayField(required=False), forms.IdsField(required=False),
        forms.WordsField(required=False), forms.LineField(required=False),
    ):  # fmt: skip
        try:
            field.clean(said)
        except (ValidationError, DomainError):
            continue


def tracking_code(data: bytes) -> None:
    codes.track_of(words(data))


def page_mark(data: bytes) -> None:
    moment = cursor(words(data))
    assert cursor(mark(moment)) == moment


def api_body(data: bytes) -> None:
    request = RequestFactory().post("/", data=data, content_type="application/json")
    api._body(request)


def picture_header(data: bytes) -> None:
    headers.read(data)


def rule_text(data: bytes) -> None:
    """As the rules' page takes it: read, and judged by each key."""
    found = parsed(words(data))
    for key in KEYS:
        try:
            checking.check(key, found)
        except DomainError:
            continue
    as_toml(found)


def rules() -> list[tuple[str, dict[str, Any]]]:
    """The shipped rules, by key."""
    found = [
        tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(ROOT.glob("catalog/**/*.toml"))
    ]
    return [(one["key"], one["data"]) for one in found if "key" in one and "data" in one]


def rule_data(data: bytes, shipped_rules: list[tuple[str, dict[str, Any]]]) -> None:
    """A shipped rule in which some values are others."""
    provider = atheris.FuzzedDataProvider(data)
    key, good = shipped_rules[provider.ConsumeIntInRange(0, len(shipped_rules) - 1)]
    given = json.loads(json.dumps(good, default=str))
    for _change in range(provider.ConsumeIntInRange(1, 4)):
        at: Any = given
        while isinstance(at, dict | list) and at:
            names = list(at) if isinstance(at, dict) else list(range(len(at)))
            name = names[provider.ConsumeIntInRange(0, len(names) - 1)]
            if provider.ConsumeBool() or not isinstance(at[name], dict | list):
                at[name] = value(provider)
                break
            at = at[name]
    checking.check(key, given)


def parsers() -> dict[str, tuple[Callable[[bytes], None], tuple[type[Exception], ...]]]:
    """Each parser with what it refuses by."""
    found = rules()
    return {
        "divisions": (divisions, (OSError, EOFError, ValueError, *of("csv.Error"))),
        "divisions_packed": (divisions_packed, (OSError, EOFError, ValueError, *of("csv.Error", "zlib.error"))),
        "geojson": (geojson, (DomainError, CommandError)),
        "outlines": (outlines, (DomainError,)),
        "telephone": (telephone, (DomainError, ValidationError)),
        "typed": (typed, (DomainError,)),
        "fields": (fields, ()),
        "tracking_code": (tracking_code, ()),
        "page_mark": (page_mark, (ValueError,)),
        "api_body": (api_body, (DomainError,)),
        "picture_header": (picture_header, (headers.Unreadable,)),
        "rule_text": (rule_text, (DomainError,)),
        "rule_data": (lambda data: rule_data(data, found), (DomainError,)),
        "planted_crash": (planted_crash, (ValueError,)),
        "planted_slowness": (planted_slowness, ()),
    }  # fmt: skip


def of(*names: str) -> Iterator[type[Exception]]:
    for name in names:
        module, _dot, kind = name.rpartition(".")
        yield getattr(sys.modules[module], kind)


def planted_crash(data: bytes) -> None:
    """To see that a run finds what is there."""
    if data.startswith(b"12"):
        raise KeyError(data)
    int(data.decode("ascii", "replace"))


def planted_slowness(data: bytes) -> None:
    begun = time.process_time()
    while data.startswith(b"s") and time.process_time() - begun < LONGEST + 0.1:
        continue


def seeds(name: str, folder: Path) -> list[bytes]:
    """Put what the parser is made for into the folder, and return it."""
    point = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"adcode":"520603"},"geometry":'
    ring = '{"type":"Polygon","coordinates":[[[109.1,27.5],[109.2,27.5],[109.2,27.6],[109.1,27.5]]]}}]}'
    said = {
        "divisions": ["code,level,name,parent\n520603,county,万山区,520600\n", '\ufeffcode,"a ""b"""\n1,"x\ny"\n'],
        "geojson": [point + ring],
        "telephone": ["13812345678", "+8613812345678", "0851-12345;ext=1", "+1 650 253 0000", "１３８１２３４５６７８"],
        "typed": ["玄武湖 a3\r\n{number}", "e\u0301\u202e身份证号", "identity_number"],
        "fields": ["109.1234567", "2026-11-20", "0193e4c2-7b6a-7e8d-9c3a-1f2e3d4c5b6a", "1e400", "NaN"],
        "tracking_code": ["7K3M-Q2FD-88TA", "7k3m q2fd 88ta"],
        "page_mark": [f"{datetime(2026, 11, 20, tzinfo=UTC).isoformat()}_0193e4c2-7b6a-7e8d-9c3a-1f2e3d4c5b6a"],
        "api_body": ['{"version": 3, "words": "好", "photos": [], "a": {"b": [1.5, null, true]}}'],
        "rule_text": [path.read_text(encoding="utf-8")[:3000] for path in ROOT.glob("catalog/*.toml")],
        "planted_crash": ["17"],
    }.get(name, ["1" * 200])  # fmt: skip
    pieces = [one.encode() for one in said]
    if name == "picture_header":
        pieces = [b"\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x11\x08\0\x10\0\x10\3", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(13),
                  b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(10)]  # fmt: skip
    if name in {"outlines", "rule_data"}:
        chance = random.Random(1)
        pieces = [chance.randbytes(length) for length in (20, 60, 200, 600)]
    for number, piece in enumerate(pieces):
        (folder / f"seed{number}").write_bytes(piece)
    return pieces


def main(name: str, *asked: str) -> None:
    parse, refusals = parsers()[name]
    for piece in seeds(
        name, Path(asked[-1])
    ):  # dictionaries are loaded once, and by the first who needs them
        with suppress(*refusals):
            parse(piece)

    def one(data: bytes) -> None:
        begun = time.process_time()
        try:
            parse(data)
        except refusals:
            return
        finally:
            if time.process_time() - begun > LONGEST:
                raise TooSlow(name)

    atheris.Setup([sys.argv[0], *asked], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
