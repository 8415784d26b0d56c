"""Re-encode one hostile picture. Run as a program of its own, never imported by the site.

    python -I reencoder.py SOURCE FOLDER '{"sizes": {"thumb": 320}, "max_pixels": 50000000, "memory": …, "seconds": …}'

Writes ``FOLDER/<size>.webp`` and prints ``{"outputs": {"<size>": [width, height]}}`` or
``{"why": "<code of choices.Why>"}``, and how many bytes of memory it took as ``peak``. Limits come before the picture is opened: a
bomb ends this process and nothing else. Only pixels pass from the source to the outputs.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, UnidentifiedImageError

ORIENTATION = 0x0112
QUALITY = 80
# 0 is fastest, 6 smallest. Two costs half of the usual four and 3 % more bytes.
EFFORT = 2
STRIP = 128  # rows of the result that are averaged at a time
NICE = 10  # pictures wait for people, not the other way round


def confine(memory: int, seconds: int) -> None:
    """Bound address space (bytes), processor time and the size of what is written; be last in line."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICE)


def main(source: str, folder: str, options: dict[str, Any]) -> dict[str, Any]:
    confine(options["memory"], options["seconds"])
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = options["max_pixels"]
    try:
        return {"outputs": write_all(Path(source), Path(folder), options["sizes"])}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"why": "too_many_pixels"}
    except MemoryError:
        return {"why": "too_heavy"}
    except UnidentifiedImageError:
        return {"why": "not_a_picture"}
    except MovingPictureError:
        return {"why": "animated"}
    except Exception as error:  # noqa: BLE001 -- a decoder may raise anything for hostile bytes
        sys.stderr.write(type(error).__name__)
        return {"why": "broken"}


def write_all(source: Path, folder: Path, sizes: dict[str, int]) -> dict[str, list[int]]:
    """Write every size, the largest first, each made from the one before."""
    picture = clean(source, max(sizes.values()))
    outputs = {}
    for size, edge in sorted(sizes.items(), key=lambda item: -item[1]):
        picture.thumbnail((edge, edge))
        picture.save(folder / f"{size}.webp", "WEBP", quality=QUALITY, method=EFFORT)
        outputs[size] = list(picture.size)
    return outputs


def clean(source: Path, edge: int) -> Image.Image:
    """Return upright sRGB pixels, at most ``edge`` along the longer side, and nothing else."""
    with Image.open(source, formats=["JPEG", "PNG", "WEBP"]) as picture:
        if picture.format != "MPO" and getattr(picture, "is_animated", False):
            raise MovingPictureError
        picture.draft(None, (edge, edge))
        picture.load()
        orientation = orientation_of(picture)
        profile = picture.info.get("icc_profile")
        small = shrunk(picture, edge)
    small = upright(in_srgb(small, profile), orientation)
    return Image.frombytes(small.mode, small.size, small.tobytes())


class MovingPictureError(Exception):
    """The picture has several frames."""


def orientation_of(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 (upright) where it cannot be read."""
    try:
        return picture.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 -- broken metadata does not make a broken picture
        return 1


def eight_bits(picture: Image.Image) -> Image.Image:
    """Return the picture in a mode that can be resized: L, LA, RGB, RGBA or CMYK, eight bits each."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in {"L", "LA", "RGB", "RGBA", "CMYK"}:
        return picture
    has_alpha = "transparency" in picture.info or picture.mode in {"PA", "La", "RGBa"}
    return picture.convert("RGBA" if has_alpha else "RGB")


def shrunk(picture: Image.Image, edge: int) -> Image.Image:
    """Return an eight-bit copy of at most ``edge``.

    What is much larger is first averaged down by a whole factor, strip by strip, so
    that beside the decoded picture there is never a second one of its size.
    """
    factor = max(picture.size) // edge
    if factor < 2:
        small = eight_bits(picture).copy()
    else:
        width, height = picture.size
        step = STRIP * factor
        first = eight_bits(picture.crop((0, 0, 1, 1)))
        small = Image.new(first.mode, (-(-width // factor), -(-height // factor)))
        for top in range(0, height, step):
            strip = picture.crop((0, top, width, min(height, top + step)))
            small.paste(eight_bits(strip).reduce(factor), (0, top // factor))
    small.thumbnail((edge, edge))
    return small


def in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return RGB or RGBA; colours go through the embedded profile where there is a usable one."""
    alpha = picture.getchannel("A") if picture.mode in {"LA", "RGBA"} else None
    colours = picture.convert(picture.mode.removesuffix("A")) if alpha else picture
    if profile:
        try:
            srgb = ImageCms.createProfile("sRGB")
            colours = (
                ImageCms.profileToProfile(colours, io.BytesIO(profile), srgb, outputMode="RGB") or colours
            )
        except (ImageCms.PyCMSError, OSError):
            sys.stderr.write("profile ignored")
    colours = colours.convert("RGB")
    if alpha:
        colours.putalpha(alpha)
    return colours


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return picture.transpose(turns[orientation]) if orientation in turns else picture


def peak() -> int:
    """Return the most memory this program has held, in bytes (VmHWM; 0 where the system does not say)."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


if __name__ == "__main__":
    answer = main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
    sys.stdout.write(json.dumps(answer | {"peak": peak()}))
