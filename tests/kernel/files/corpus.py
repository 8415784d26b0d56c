"""Hostile pictures, made here byte by byte or by a library, and the answer each must get.

``CORPUS`` maps a name to ``Hostile(content, answer)``. The answer is the status of the
refusal at the door (413, 415, 422), or the code of the refusal by the re-encoder, or
"ready". What is ready must come out without any of ``SECRETS``.
"""

from __future__ import annotations

import gzip
import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageCms, PngImagePlugin

SECRETS = (
    b"SECRET-MAKER-NOTE",
    b"SECRET-XMP",
    b"SECRET-COMMENT",
    b"SECRET-IPTC",
    b"SECRET-TRAILER",
    b"<script>alert(1)</script>",
    b"<?php system",
    b"Exif\x00\x00",
    b"http://ns.adobe.com/xap/1.0/",
    b"Photoshop 3.0",
    b"ICC_PROFILE",
    b"GPS",
)
XMP = b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/">SECRET-XMP</x:xmpmeta>'


@dataclass(frozen=True, slots=True)
class Hostile:
    content: bytes
    answer: int | str


def photo(width: int = 640, height: int = 480, mode: str = "RGB", seed: int = 1) -> Image.Image:
    """A picture with some structure, the same for the same seed."""
    noise = Image.frombytes("L", (16, 12), random.Random(seed).randbytes(16 * 12))
    layers = [
        noise.rotate(90 * turn).resize((width, height))
        for turn in range(len(Image.new(mode, (1, 1)).getbands()))
    ]
    return Image.merge(mode, layers) if len(layers) > 1 else layers[0].convert(mode)


def saved(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def after_start(jpeg: bytes, *segments: bytes) -> bytes:
    """Put segments right behind the start of a JPEG."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png(width: int, height: int, rows: bytes, depth: int = 8, colour: int = 0, extra: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """Deflate ``count`` zero bytes without ever holding them."""
    deflate = zlib.compressobj(9)
    parts = [deflate.compress(bytes(1_000_000)) for _ in range(count // 1_000_000)]
    parts.append(deflate.compress(bytes(count % 1_000_000)))
    return b"".join(parts) + deflate.flush()


def with_everything(orientation: int = 6) -> bytes:
    """A JPEG with GPS, a maker note, an embedded uncropped thumbnail, XMP, IPTC, a comment and a trailer."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "SECRET-MAKER-NOTE", "Phone", orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (26.0, 34.0, 30.0), 3: "E", 4: (106.0, 42.0, 15.0)})
    exif.get_ifd(0x8769).update({0x927C: b"SECRET-MAKER-NOTE" * 10, 0x9286: b"ASCII\0\0\0SECRET-COMMENT"})
    thumbnail = saved(photo(160, 120, seed=9))
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", 11) + b"SECRET-IPTC\x00"
    jpeg = saved(
        photo(), exif=exif, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    return (
        after_start(
            jpeg,
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + XMP),
            segment(0xE1, b"Exif\x00\x00" + b"II*\x00\x08\x00\x00\x00\x00\x00" + thumbnail),
            segment(0xED, iptc),
            segment(0xFE, b"SECRET-COMMENT <script>alert(1)</script>"),
        )
        + b"SECRET-TRAILER"
    )


def png_with_text() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "SECRET-COMMENT <?php system('id'); ?>")
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    exif = Image.Exif()
    exif[0x010F] = "SECRET-MAKER-NOTE"
    return saved(photo(), "PNG", pnginfo=info, exif=exif)


def moving(frames: int, kind: str) -> bytes:
    pictures = [Image.new("RGB", (8, 8), (turn * 97 % 256, 0, 0)) for turn in range(frames)]
    return saved(pictures[0], kind, save_all=True, append_images=pictures[1:], duration=10)


def many_frames(frames: int) -> bytes:
    """An animated WebP with as many frames as asked for, without encoding each of them."""
    frame = moving(2, "WEBP")
    start = frame.index(b"ANMF")
    size = struct.unpack("<I", frame[start + 4 : start + 8])[0]
    one = frame[start : start + 8 + size]
    body = frame[12:start] + one * frames
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def multi_picture() -> bytes:
    """Two JPEGs in one, as some phones write them (MPO)."""
    return saved(photo(), "MPO", save_all=True, append_images=[photo(seed=2)])


def hidden_parts() -> bytes:
    """A picture, and behind it another with a place, a note and a thumbnail, as phones with gain maps write."""
    return saved(photo(), "MPO", save_all=True, append_images=[Image.open(io.BytesIO(with_everything(1)))])


def many_scans(scans: int, width: int = 640, height: int = 480) -> bytes:
    """A progressive JPEG whose last scan is said again and again: small to send, each scan a whole picture's work."""
    jpeg = saved(Image.new("RGB", (width, height), "grey"), progressive=True)
    last = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + last * scans + jpeg[-2:]


def box(name: bytes, payload: bytes) -> bytes:
    """One box of ISO 14496-12, as in HEIC and MP4."""
    return struct.pack(">I", len(payload) + 8) + name + payload


def heic(brand: bytes = b"heic") -> bytes:
    """The beginning of what an iPhone writes: brand, metadata with a place, data."""
    named = box(b"ftyp", brand + bytes(4) + b"mif1" + brand)
    return named + box(b"meta", bytes(4) + b"Exif\x00\x00 GPS SECRET-MAKER-NOTE") + box(b"mdat", bytes(4000))


def _ordinary() -> Iterator[tuple[str, Hostile]]:
    for mode, kind in (
        ("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGB", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"),
        ("RGB", "WEBP"), ("RGBA", "WEBP"),
    ):  # fmt: skip
        yield f"{kind} {mode}", Hostile(saved(photo(mode=mode), kind), "ready")
    yield "JPEG progressive", Hostile(saved(photo(), progressive=True), "ready")
    yield "PNG palette", Hostile(saved(photo().quantize(64), "PNG"), "ready")
    yield (
        "PNG palette with one clear colour",
        Hostile(saved(photo().quantize(64), "PNG", transparency=3), "ready"),
    )
    yield "PNG grey with one clear shade", Hostile(saved(photo(mode="L"), "PNG", transparency=7), "ready")
    yield "PNG one bit", Hostile(saved(photo(mode="L").convert("1"), "PNG"), "ready")
    yield (
        "PNG 16 bit grey",
        Hostile(png(4, 2, zlib.compress(b"\0" + bytes(8) + b"\0" + b"\xff" * 8), 16), "ready"),
    )
    yield "PNG 16 bit colour", Hostile(png(4, 2, zlib.compress((b"\0" + b"\x80\0" * 12) * 2), 16, 2), "ready")
    yield "WebP lossless", Hostile(saved(photo(), "WEBP", lossless=True), "ready")
    yield "one pixel", Hostile(saved(Image.new("RGB", (1, 1))), "ready")
    yield "a strip 1 × 20,000", Hostile(saved(Image.new("RGB", (1, 20_000)), "PNG"), "ready")
    yield "MPO, two pictures in one", Hostile(multi_picture(), "ready")
    yield "largest allowed, 50 megapixels", Hostile(saved(Image.new("L", (8_000, 6_250)), "JPEG"), "ready")


def _metadata() -> Iterator[tuple[str, Hostile]]:
    for orientation in range(1, 9):
        yield (
            f"JPEG with everything, orientation {orientation}",
            Hostile(with_everything(orientation), "ready"),
        )
    yield "PNG with text, XMP and EXIF", Hostile(png_with_text(), "ready")
    exif = Image.Exif()
    exif[0x010F] = "SECRET-MAKER-NOTE"
    yield "WebP with EXIF and XMP", Hostile(saved(photo(), "WEBP", exif=exif.tobytes(), xmp=XMP), "ready")
    yield (
        "JPEG with nonsense for EXIF",
        Hostile(
            after_start(saved(photo()), segment(0xE1, b"Exif\x00\x00" + random.Random(5).randbytes(4000))),
            "ready",
        ),
    )
    yield (
        "JPEG with orientation 99",
        Hostile(
            saved(photo(), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0c\0\0\0\0\0\0"), "ready"
        ),
    )
    yield (
        "JPEG with nonsense for a colour profile",
        Hostile(saved(photo(), icc_profile=b"ICC_PROFILE" + random.Random(6).randbytes(3000)), "ready"),
    )
    yield (
        "JPEG CMYK with an RGB profile",
        Hostile(
            saved(
                photo(mode="CMYK"),
                icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
            ),
            "ready",
        ),
    )


def _polyglots() -> Iterator[tuple[str, Hostile]]:
    yield (
        "polyglot JPEG and HTML in a comment",
        Hostile(after_start(saved(photo()), segment(0xFE, b"*/--><html><script>alert(1)</script>")), "ready"),
    )
    yield (
        "polyglot JPEG and HTML behind the end",
        Hostile(saved(photo()) + b"<html><script>alert(1)</script></html>", "ready"),
    )
    yield "polyglot JPEG and ZIP", Hostile(saved(photo()) + b"PK\x03\x04SECRET-TRAILER", "ready")
    yield (
        "WebP with HTML behind the end",
        Hostile(saved(photo(), "WEBP") + b"<script>alert(1)</script>", "any"),
    )
    yield "polyglot JPEG and PDF", Hostile(saved(photo()) + b"%PDF-1.7 SECRET-TRAILER", "ready")
    yield "JPEG with a film behind the end", Hostile(saved(photo()) + heic(b"mp42"), "ready")
    yield "picture behind the picture with everything", Hostile(hidden_parts(), "ready")
    yield (
        "PNG and HTML in a chunk of its own",
        Hostile(
            png(
                8,
                8,
                zlib.compress(bytes(72)),
                extra=chunk(b"prVt", b"<script>alert(1)</script> SECRET-COMMENT"),
            ),
            "ready",
        ),
    )
    yield "polyglot PNG and PHP", Hostile(saved(photo(), "PNG") + b"<?php system($_GET[0]); ?>", "ready")


def _bombs() -> Iterator[tuple[str, Hostile]]:
    small = zeros(1_000_000)
    yield "PNG declaring 60,000 × 60,000", Hostile(png(60_000, 60_000, small), 413)
    yield (
        "PNG declaring 60,000 × 60,000 at one bit, in full",
        Hostile(png(60_000, 60_000, zeros(60_000 * 7_501), 1), 413),
    )
    yield "PNG declaring 2^31 − 1 wide", Hostile(png(2**31 - 1, 1, small), 413)
    yield "PNG of no width", Hostile(png(0, 10, small), 415)
    yield "JPEG declaring 65,535 × 65,535", Hostile(_redeclared(saved(photo()), 65_535, 65_535), 413)
    yield "JPEG of no height", Hostile(_redeclared(saved(photo()), 640, 0), 415)
    yield (
        "JPEG declaring 7,000 × 7,000 over little",
        Hostile(_redeclared(saved(photo()), 7_000, 7_000), "ready"),
    )
    yield "WebP canvas 16,384 × 16,384", Hostile(_canvas(16_384, 16_384, 0), 413)
    yield "WebP canvas larger than its picture", Hostile(_canvas(2_000, 2_000, 0), "broken")
    yield "animated WebP, 3 frames", Hostile(moving(3, "WEBP"), 415)
    yield "animated WebP, 10,000 frames", Hostile(many_frames(10_000), 415)
    yield "animated WebP that says it is still", Hostile(_still(many_frames(500)), "broken")
    yield "animated PNG", Hostile(moving(3, "PNG"), 415)
    yield (
        "PNG with 100 MB in one text chunk",
        Hostile(
            png(8, 8, zlib.compress(bytes(72)), extra=chunk(b"zTXt", b"a\0\0" + zeros(100_000_000))), "broken"
        ),
    )
    yield (
        "PNG with a 100 MB colour profile",
        Hostile(
            png(8, 8, zlib.compress(bytes(72)), extra=chunk(b"iCCP", b"a\0\0" + zeros(100_000_000))), "broken"
        ),
    )
    yield "JPEG of 2,000 scans", Hostile(many_scans(2_000), 413)
    yield "JPEG of 49 megapixels in 200 scans", Hostile(many_scans(200, 7_000, 7_000), 413)
    yield (
        "JPEG whose thumbnail has the scans",
        Hostile(after_start(saved(photo()), segment(0xE1, b"Exif\x00\x00" + many_scans(200))), "ready"),
    )
    yield "more bytes than allowed", Hostile(saved(photo()) + bytes(13 * 1024 * 1024), 413)
    yield "JPEG of two million empty segments", Hostile(b"\xff\xd8\xff" + b"\xe0\0\x02\xff" * 2_000_000, 415)
    yield "JPEG of fill bytes only", Hostile(b"\xff\xd8" + b"\xff" * 8_000_000, 415)
    yield "PNG of a million empty chunks", Hostile(png(8, 8, b"")[:33] + chunk(b"teSt", b"") * 900_000, 415)


def _redeclared(jpeg: bytes, width: int, height: int) -> bytes:
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def _canvas(width: int, height: int, flags: int) -> bytes:
    plain = saved(photo(), "WEBP")
    extended = b"VP8X" + struct.pack("<I", 10) + bytes([flags, 0, 0, 0])
    extended += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = extended + plain[12:]
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _still(webp: bytes) -> bytes:
    return webp[:20] + bytes([webp[20] & ~0x02]) + webp[21:]


def _broken() -> Iterator[tuple[str, Hostile]]:
    whole = {"JPEG": saved(photo()), "PNG": saved(photo(), "PNG"), "WebP": saved(photo(), "WEBP")}
    for kind, content in whole.items():
        for share in (30, 60, 90):
            yield f"{kind} cut off at {share} %", Hostile(content[: len(content) * share // 100], "broken")
        yield f"{kind} cut off at 12 bytes", Hostile(content[:12], 415)
        for seed in range(20):
            yield f"{kind} with a flipped half, {seed}", Hostile(_scrambled(content, seed), "any")
    yield "empty", Hostile(b"", 422)
    yield "one byte", Hostile(b"\xff", 415)
    yield "a thousand zeros", Hostile(bytes(1000), 415)
    for seed in range(30):
        yield f"noise, {seed}", Hostile(random.Random(seed).randbytes(5000), 415)
    for kind, start in (
        ("JPEG", b"\xff\xd8\xff\xe0"),
        ("PNG", b"\x89PNG\r\n\x1a\n"),
        ("WebP", b"RIFF\0\0\0\0WEBPVP8 "),
    ):
        for seed in range(34):
            yield (
                f"noise that begins like a {kind}, {seed}",
                Hostile(start + random.Random(seed).randbytes(5000), "any"),
            )


def _scrambled(content: bytes, seed: int) -> bytes:
    """Change sixteen bytes behind the header."""
    chance, changed = random.Random(seed), bytearray(content)
    for _ in range(16):
        changed[chance.randrange(64, len(changed))] ^= chance.randrange(1, 256)
    return bytes(changed)


def foreign() -> Iterator[tuple[str, Hostile]]:
    yield "EPS", Hostile(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file\n", 415)
    yield "SVG", Hostile(b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 415)
    yield "PHP", Hostile(b"<?php system($_GET[0]); ?>", 415)
    yield "HTML", Hostile(b"<html><script>alert(1)</script></html>", 415)
    yield "PDF", Hostile(b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj", 415)
    yield "PDF behind a kilobyte of nothing", Hostile(bytes(1024) + b"%PDF-1.7", 415)
    yield "SVG behind a byte order mark", Hostile(b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", 415)
    yield "SVG compressed", Hostile(gzip.compress(b"<svg onload='alert(1)'/>", mtime=0), 415)
    yield (
        "SVG with an external entity",
        Hostile(b"<!DOCTYPE s [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><svg>&e;</svg>", 415),
    )
    yield "HEIC", Hostile(heic(), 415)
    for brand in (b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"mp42", b"qt  "):
        yield f"box file of brand {brand.decode()}", Hostile(heic(brand), 415)
    yield "DNG", Hostile(b"II*\x00" + bytes(400), 415)
    yield "JPEG XL", Hostile(b"\xff\x0a" + bytes(400), 415)
    yield "Word", Hostile(b"PK\x03\x04word/document.xml" + bytes(200), 415)
    yield "HTML that begins like a GIF", Hostile(b"GIF89a=0;/*<script>alert(1)</script>", 415)
    yield "PSD", Hostile(b"8BPS\0\1" + bytes(200), 415)
    yield "ZIP", Hostile(b"PK\x03\x04" + bytes(200), 415)
    yield "ELF", Hostile(b"\x7fELF" + bytes(200), 415)
    for kind in ("GIF", "TIFF", "BMP", "ICO", "PPM", "TGA", "JPEG2000", "AVIF"):
        yield kind, Hostile(saved(photo(64, 64), kind), 415)


SOURCES: tuple[Callable[[], Iterator[tuple[str, Hostile]]], ...] = (
    _ordinary,
    _metadata,
    _polyglots,
    _bombs,
    _broken,
    foreign,
)


def corpus() -> dict[str, Hostile]:
    return {name: hostile for source in SOURCES for name, hostile in source()}
