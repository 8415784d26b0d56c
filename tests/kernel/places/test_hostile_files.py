"""Files for import that are not what they say: refused in a sentence, in little time, and nothing is half saved."""

from __future__ import annotations

import csv
import gzip
import json
import resource
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from linli.kernel.places.models import Alias, Code, Outline, Place
from tests.kernel.places import ground

pytestmark = pytest.mark.django_db
HEAD = "code,level,name,parent\n"
GOOD = "520603004003,5,旺家社区居民委员会,520603004000\n"
MOST_MEMORY = 200 * 1024  # KiB more than before
RING = [[109.2, 27.5], [109.3, 27.5], [109.3, 27.6], [109.2, 27.5]]


def feature(geometry, **properties):
    return {"type": "Feature", "properties": {"adcode": "520603", **properties}, "geometry": geometry}


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


TABLES = {
    "GB18030": (HEAD + GOOD).encode("gb18030"),
    "UTF-16": (HEAD + GOOD).encode("utf-16"),
    "Excel": b"PK\x03\x04" + bytes(5_000),
    "an old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000),
    "NUL within": (HEAD + "5206030\x0004003,5,旺家,520603004000\n").encode(),
    "a quote never closed": (HEAD + '520603004003,5,"旺家,520603004000\n' + GOOD * 3).encode(),
    "a cell of a megabyte": (HEAD + f"520603004003,5,{'旺' * 400_000},520603004000\n").encode(),
    "no head": GOOD.encode(),
    "another head": b"a,b\n1,2\n",
    "too few cells": (HEAD + "520603004003\n").encode(),
    "too many cells": (HEAD + GOOD.rstrip() + ",=1+1,x\n520603004099,5,,520603004000\n").encode(),
    "a formula for a name": (HEAD + "520603004003,9,=HYPERLINK(1),520603004000\n").encode(),
    "one code twice": (HEAD + GOOD + GOOD).encode(),
    "its own parent": (HEAD + "520603004003,5,旺家,520603004003\n").encode(),
    "full-width digits": (HEAD + "５２０６０３００４００３,5,旺家,520603004000\n").encode(),
    "a good row before a bad one": (HEAD + GOOD + "52,5,x,520603004000\n").encode(),
    "lone surrogates": HEAD.encode() + b"520603004003,5,\xed\xa0\x80,520603004000\n",
}
SHAPES = {
    "not JSON": b"{",
    "a list": b"[]",
    "nested deeply": b'{"a":' * 200_000,
    "UTF-16": '{"type": "FeatureCollection"}'.encode("utf-16"),
    "empty": b"",
    "no features": b'{"type": "FeatureCollection", "features": []}',
    "features that are none": b'{"type": "FeatureCollection", "features": [1, null, "a", []]}',
    "properties that are none": b'{"type": "FeatureCollection", "features": [{"properties": 7, "geometry": 7}]}',
    "NaN": collection(feature({"type": "Polygon", "coordinates": [[[float("nan"), 27.5]] * 4]})),
    "infinite": b'{"type":"FeatureCollection","features":[{"properties":{"adcode":"520603"},"geometry":{"type":"Polygon","coordinates":[[[1e999,1],[2,2],[3,1],[1e999,1]]]}}]}',
    "a point": collection(feature({"type": "Point", "coordinates": [109.2, 27.5]})),
    "two points": collection(feature({"type": "Polygon", "coordinates": [RING[:2]]})),
    "text for numbers": collection(feature({"type": "Polygon", "coordinates": [[["a", "b"]] * 4]})),
    "numbers of five thousand digits": b'{"type":"FeatureCollection","features":[' + b"7" * 5_000 + b"]}",
    "nested coordinates": b'{"type":"FeatureCollection","features":[{"properties":{"adcode":"520603"},"geometry":{"type":"Polygon","coordinates":' + b"[" * 900 + b"]" * 900 + b"}}]}",
    "a hundred thousand points on one": collection(feature({"type": "Polygon", "coordinates": [[[109.2, 27.5]] * 100_000]})),
    "beyond the world": collection(feature({"type": "Polygon", "coordinates": [[[200, 100]] * 4]})),
    "an unknown place": collection(feature({"type": "Polygon", "coordinates": [RING]}, adcode="999999")),
    "a place that is no text": collection(feature({"type": "Polygon", "coordinates": [RING]}, adcode={"a": [1]})),
    "a good one before a bad one": collection(
        feature({"type": "Polygon", "coordinates": [RING]}), feature({"type": "Polygon", "coordinates": []}, adcode="520600")
    ),
}  # fmt: skip


@pytest.fixture
def _county():
    ground.a_county()


def state():
    return [list(model.objects.order_by("pk").values()) for model in (Place, Code, Alias, Outline)]


def refused(*arguments):
    """Run the command; assert that it ends in a sentence, in little time and memory, and saves nothing."""
    before, began = state(), time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CommandError) as said:
        call_command(*arguments, stdout=StringIO())
    assert time.process_time() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < MOST_MEMORY
    assert state() == before
    return str(said.value)


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.usefixtures("_county")
def test_a_table_that_is_none_is_refused_and_nothing_is_saved(kind, tmp_path):
    file, report = tmp_path / "rows.csv", tmp_path / "report.csv"
    file.write_bytes(TABLES[kind])

    said = refused("import_places", str(file), "--source", "test", "--report", str(report))
    assert ("cannot be read" in said) != ("Nothing was saved" in said)
    if report.exists():
        cells = [cell for row in csv.reader(report.read_text("utf-8-sig").splitlines()) for cell in row]
        assert [cell for cell in cells if cell[:1] in "=+@＝＋＠" and cell] == []


@pytest.mark.parametrize("ending", [".csv.gz", ".json.gz"])
def test_a_bomb_is_refused_before_it_is_unpacked(ending, tmp_path):
    file = tmp_path / f"rows{ending}"
    with gzip.open(file, "wb", compresslevel=1) as packed:
        for _part in range(100):
            packed.write(bytes(1024 * 1024))
    assert file.stat().st_size < 1024 * 1024

    command = "import_places" if "csv" in ending else "import_outlines"
    assert "64 MiB" in refused(command, str(file), "--source", "test")


@pytest.mark.parametrize("cut", [10, 40])
def test_a_packed_file_that_is_cut_off_is_refused(cut, tmp_path):
    file = tmp_path / "rows.csv.gz"
    file.write_bytes(gzip.compress((HEAD + GOOD * 50).encode())[:cut])

    assert "cannot be read" in refused("import_places", str(file), "--source", "test")


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("command", ["import_outlines", "import_grids"])
@pytest.mark.usefixtures("_county")
def test_shapes_that_are_none_are_refused_and_nothing_is_saved(command, kind, tmp_path):
    file = tmp_path / "shapes.geojson"
    file.write_bytes(SHAPES[kind])

    whose = ("--community", ground.WANGJIA) if command == "import_grids" else ()
    assert refused(command, str(file), "--source", "test", *whose)


@pytest.mark.usefixtures("_county")
def test_a_mark_at_the_beginning_and_a_quote_across_lines_are_read(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_bytes(b"\xef\xbb\xbf" + (HEAD + '520603004099,5,"𬱖\n村委会",520603004000\n').encode())
    out = StringIO()
    try:
        call_command("import_places", str(file), "--source", "test", stdout=out)
    except CommandError:
        assert "row 1" in out.getvalue()
    assert Place.objects.count() in {6, 7}
