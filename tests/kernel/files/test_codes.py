from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
import segno

from linli.foundation.errors import InvalidInput
from linli.kernel.files import services

LINK = "https://linli.example/p/0197e0aa-0000-7000-8000-000000000001"


def modules(svg: str) -> list[list[bool]]:
    """Read the dark modules back from the strokes of the drawing."""
    root = ET.fromstring(svg)  # noqa: S314 -- drawn by ourselves
    side = int(root.get("viewBox").split()[2])
    dark = [[False] * side for _ in range(side)]
    x = y = 0.0
    stroke = next(path.get("d") for path in root.iter() if path.get("stroke"))
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", stroke):
        values = [float(value) for value in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            for column in range(int(x), int(x + values[0])):
                dark[int(y)][column] = True
            x += values[0]
    return dark


def test_the_drawing_holds_the_code_with_a_quiet_zone_and_nothing_inline() -> None:
    svg = services.qr_svg(LINK)

    expected = [
        [bool(module) for module in row]
        for row in segno.make(LINK, error="m", micro=False, boost_error=False).matrix_iter(border=4)
    ]
    assert modules(svg) == expected
    assert svg.startswith("<svg ")
    assert "style" not in svg
    assert "class" not in svg


def test_text_is_not_markup() -> None:
    assert "script" not in services.qr_svg("</svg><script>alert(1)</script>")


@pytest.mark.parametrize("text", ["", "邻" * 134])
def test_nothing_and_too_much_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="二维码"):
        services.qr_svg(text)
