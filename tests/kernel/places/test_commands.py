from __future__ import annotations

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from linli.kernel.places import queries
from linli.kernel.places.models import Outline, Place
from tests.kernel.places import ground

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def rows_file(tmp_path):
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, ["code", "level", "name", "parent"])
        writer.writeheader()
        writer.writerows(ground.ROWS)
    return path


def test_places_are_imported_from_a_file_with_a_report_of_each_row(rows_file, tmp_path):
    told = run("import_places", str(rows_file), "--source", "test", "--report", str(tmp_path / "report.csv"))

    assert told == "added: 6\n"
    lines = list(csv.DictReader((tmp_path / "report.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [line["outcome"] for line in lines] == ["added"] * 6
    assert lines[4]["place"] == "520603004003 旺家社区"


def test_the_shipped_places_are_imported_where_no_file_is_named():
    assert run("import_places", "--within", "520603").splitlines()[0].startswith("added: ")
    assert queries.by_code("520603004003", ground.DAY).name == "旺家社区"
    assert set(Place.objects.exclude(county="").values_list("county", flat=True)) == {"520603"}


@pytest.mark.parametrize("arguments", [["no-such.csv", "--source", "test"], ["rows.csv"]])
def test_a_file_that_is_missing_or_of_unknown_source_is_refused(arguments):
    with pytest.raises(CommandError):
        run("import_places", *arguments)


def test_refused_rows_are_printed_and_the_command_fails(rows_file):
    with rows_file.open("a", encoding="utf-8") as file:
        file.write("52,4,x,520603000000\n")

    out = StringIO()
    with pytest.raises(CommandError, match="Nothing was saved"):
        call_command("import_places", str(rows_file), "--source", "test", stdout=out)
    assert "row 7: 52 x: 区划代码要有 12 位数字。" in out.getvalue()
    assert not Place.objects.exists()


def test_outlines_and_grids_are_imported_and_a_bad_grid_is_told_with_its_point(rows_file, tmp_path):
    run("import_places", str(rows_file), "--source", "test")
    outlines, grids, bad = (tmp_path / name for name in ("outlines.json", "grids.json", "bad.json"))
    outlines.write_text(json.dumps(ground.collection(ground.feature("", ground.WEST_GRID, adcode="520603"))))
    grids.write_text(json.dumps(ground.grids()))
    bow = [(109.22, 27.51), (109.24, 27.53), (109.24, 27.51), (109.22, 27.53)]
    bad.write_text(json.dumps(ground.grids(第三网格=bow)))

    assert run("import_outlines", str(outlines), "--source", "test") == "added: 1\n"
    options = ["--community", ground.WANGJIA, "--source", "test"]
    out = StringIO()
    with pytest.raises(CommandError, match="Nothing was saved"):
        call_command("import_grids", str(bad), *options, stdout=out)
    assert "row 3: 第三网格: 边界自相交或自相接。 at 109.2300000, 27.5200000" in out.getvalue()
    assert run("import_grids", str(grids), *options, "--schematic") == "added: 3\n"
    assert Outline.objects.filter(place__level="grid", is_schematic=True).count() == 3


@pytest.mark.parametrize("text", ["no json", "[]", '{"type": "Feature"}'])
def test_a_file_that_is_no_geojson_collection_is_refused(rows_file, tmp_path, text):
    run("import_places", str(rows_file), "--source", "test")
    path = tmp_path / "x.json"
    path.write_text(text)

    for command in (["import_outlines"], ["import_grids", "--community", ground.WANGJIA]):
        with pytest.raises(CommandError, match="GeoJSON"):
            run(command[0], str(path), "--source", "test", *command[1:])
    with pytest.raises(CommandError, match="No place has the code"):
        run("import_grids", str(path), "--community", "520699999999", "--source", "test")
