"""What a picture's header declares, read without a decoder, so that a bomb costs nothing.

Sources: PNG (W3C, 5.3 and 11.2.2), JPEG (ITU-T T.81, annex B), WebP (RFC 9649, section 2).
The decoder that runs later, in a process of its own, checks all of this again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Start-of-frame markers: C0 to CF without DHT (C4), JPG (C8) and DAC (CC).
FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
# In the data of a scan, FF is followed by 00 (a plain FF), by a restart marker or by another FF.
AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
MOST_SEGMENTS = 2_000


class Unreadable(ValueError):
    """The bytes are no JPEG, PNG or WebP, or the header makes no sense."""


@dataclass(frozen=True, slots=True)
class Header:
    """The declared kind (``jpeg``, ``png``, ``webp``), size in pixels, and whether it moves.

    ``scans``: how many times a JPEG goes over its picture. Each costs as much as the whole.
    """

    kind: str
    width: int
    height: int
    animated: bool = False
    scans: int = 1


def read(content: bytes) -> Header:
    """Return what the header declares, or raise :class:`Unreadable`."""
    try:
        header = _read(content)
    except IndexError as error:
        raise Unreadable("The header is cut off.") from error
    if not header.width or not header.height:
        raise Unreadable("The header declares no size.")
    return header


def _read(content: bytes) -> Header:
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content.startswith(PNG_SIGNATURE) and content[12:16] == b"IHDR":
        return _png(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp(content)
    raise Unreadable("Not a JPEG, PNG or WebP.")


def _jpeg(content: bytes) -> Header:
    at = 2
    for _ in range(MOST_SEGMENTS):
        at, marker = _next_marker(content, at)
        if marker in FRAME_MARKERS:
            size = _big(content, at + 5, 2), _big(content, at + 3, 2)
            return Header("jpeg", *size, scans=_scans(content, at + _big(content, at, 2)))
        if marker in {0xD9, 0xDA}:
            break
        at += 0 if marker in BARE_MARKERS else _big(content, at, 2)
    raise Unreadable("The JPEG declares no frame.")


def _scans(content: bytes, at: int) -> int:
    """Count the scans from ``at`` to the end of the first picture, or to where it makes no sense."""
    scans = 0
    for _ in range(MOST_SEGMENTS):
        found = AFTER_SCAN.search(content, at)
        if found is None or content[found.end() - 1] == END_OF_IMAGE:
            break
        scans += content[found.end() - 1] == START_OF_SCAN
        length = content[found.end() : found.end() + 2]
        at = found.end() + int.from_bytes(length, "big")
    return scans


def _next_marker(content: bytes, at: int) -> tuple[int, int]:
    """Return the place after the marker at ``at``, and the marker; fill bytes (FF) may precede it."""
    if content[at] != 0xFF:
        raise Unreadable("A JPEG segment does not begin with a marker.")
    while content[at] == 0xFF:
        at += 1
    return at + 1, content[at]


def _png(content: bytes) -> Header:
    return Header("png", _big(content, 16, 4), _big(content, 20, 4), animated=_png_moves(content))


def _png_moves(content: bytes) -> bool:
    """Is there an animation control chunk? It stands before the first picture data."""
    at = len(PNG_SIGNATURE)
    for _ in range(MOST_SEGMENTS):
        name = content[at + 4 : at + 8]
        if name == b"acTL":
            return True
        if name == b"IDAT":
            return False
        at += 12 + _big(content, at, 4)
    raise Unreadable("The PNG has no picture data where it should be.")


def _webp(content: bytes) -> Header:
    chunk = content[12:16]
    if chunk == b"VP8X":
        size = _little(content, 24, 3) + 1, _little(content, 27, 3) + 1
        return Header("webp", *size, animated=bool(content[20] & 0x02))
    if chunk == b"VP8L" and content[20] == 0x2F:
        bits = _little(content, 21, 4)
        return Header("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        return Header("webp", _little(content, 26, 2) & 0x3FFF, _little(content, 28, 2) & 0x3FFF)
    raise Unreadable("The WebP has an unknown first chunk.")


def _big(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(_exactly(content, at, size), "big")


def _little(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(_exactly(content, at, size), "little")


def _exactly(content: bytes, at: int, size: int) -> bytes:
    found = content[at : at + size]
    if len(found) < size:
        raise IndexError(at)
    return found
