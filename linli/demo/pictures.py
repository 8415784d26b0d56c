"""Photographs that nobody took: small drawn scenes, before and after, made anew each time."""

from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter

SIZE = (960, 720)
Colour = tuple[int, int, int]


def picture(kind: str, *, is_mended: bool, random: Random) -> BytesIO:
    """Return a JPEG of a scene: ``stair``, ``lamp``, ``cover``, ``leak`` or ``trash``."""
    ground: dict[str, Colour] = {
        "stair": (58, 62, 70), "lamp": (36, 42, 58), "cover": (120, 118, 112), "leak": (206, 200, 188),
        "trash": (148, 156, 140),
    }  # fmt: skip
    base = ground[kind]
    if is_mended and kind in ("stair", "lamp"):
        base = (196, 186, 160) if kind == "stair" else (60, 66, 84)
    image = Image.new("RGB", SIZE, base)
    draw = ImageDraw.Draw(image)
    {"stair": _stair, "lamp": _lamp, "cover": _cover, "leak": _leak, "trash": _trash}[kind](
        draw, random, is_mended=is_mended
    )
    out = BytesIO()
    _grain(image, random).save(out, "JPEG", quality=82)
    out.seek(0)
    return out


def _stair(draw: ImageDraw.ImageDraw, random: Random, *, is_mended: bool) -> None:
    light = (250, 232, 180) if is_mended else (78, 80, 88)
    for step in range(9):
        x, y = 60 + step * 95, 700 - step * 62
        draw.rectangle((x, y, 960, y + 62), fill=tuple(min(255, c - step * 6) for c in light))
        draw.line((x, y, 960, y), fill=(40, 40, 44), width=4)
    draw.line((90, 520, 900, 20), fill=(30, 30, 34), width=12)
    draw.ellipse(
        (430, 30, 520, 90), fill=(255, 246, 205) if is_mended else (54, 56, 60), outline=(20, 20, 20), width=4
    )
    draw.rectangle((680, 60, 820, 220), fill=(90, 110, 150), outline=(40, 44, 52), width=6)


def _lamp(draw: ImageDraw.ImageDraw, random: Random, *, is_mended: bool) -> None:
    draw.rectangle((0, 560, 960, 720), fill=(50, 52, 56))
    for x in (220, 520, 800):
        if is_mended:
            draw.polygon([(x - 20, 150), (x + 20, 150), (x + 150, 570), (x - 150, 570)], fill=(120, 116, 92))
        draw.rectangle((x - 6, 150, x + 6, 600), fill=(28, 30, 34))
        draw.ellipse((x - 28, 120, x + 28, 160), fill=(255, 240, 190) if is_mended else (46, 48, 52))
    for _ in range(14):
        x, y = random.randint(0, 960), random.randint(20, 260)
        draw.rectangle((x, y, x + 14, y + 10), fill=(210, 190, 120))


def _cover(draw: ImageDraw.ImageDraw, random: Random, *, is_mended: bool) -> None:
    for _ in range(400):
        x, y = random.randint(0, 960), random.randint(0, 720)
        draw.point((x, y), fill=(90, 88, 84))
    draw.ellipse((260, 180, 720, 600), fill=(40, 38, 36))
    shift = 0 if is_mended else 70
    draw.ellipse(
        (270 + shift, 190 - shift // 2, 710 + shift, 590 - shift // 2),
        fill=(98, 92, 86),
        outline=(58, 54, 50),
        width=10,
    )
    for n in range(-4, 5):
        draw.line(
            (490 + shift + n * 44, 230, 490 + shift + n * 44, 550 - shift // 2), fill=(70, 66, 62), width=8
        )


def _leak(draw: ImageDraw.ImageDraw, random: Random, *, is_mended: bool) -> None:
    draw.rectangle((0, 0, 960, 230), fill=(226, 222, 214))
    draw.line((0, 230, 960, 230), fill=(160, 154, 144), width=5)
    if is_mended:
        draw.rectangle((250, 40, 720, 420), fill=(236, 233, 226))
        return
    for ring in range(7):
        spread = 210 - ring * 26
        tone = 176 - ring * 14
        draw.ellipse(
            (480 - spread, 130 - spread // 2, 480 + spread, 130 + spread), fill=(tone, tone - 12, tone - 34)
        )
    for _ in range(9):
        x = random.randint(350, 620)
        draw.line(
            (x, 240, x + random.randint(-6, 6), random.randint(380, 640)), fill=(150, 140, 118), width=5
        )


def _trash(draw: ImageDraw.ImageDraw, random: Random, *, is_mended: bool) -> None:
    draw.rectangle((0, 520, 960, 720), fill=(118, 116, 112))
    for x in (180, 420, 660):
        draw.rounded_rectangle((x, 300, x + 180, 580), 18, fill=(46, 96, 74), outline=(24, 52, 40), width=6)
        draw.rectangle((x - 10, 285, x + 190, 315), fill=(36, 78, 60))
    if is_mended:
        return
    for _ in range(34):
        x, y = random.randint(80, 880), random.randint(430, 660)
        size = random.randint(24, 70)
        tone = random.choice([(228, 226, 220), (58, 58, 62), (150, 110, 80), (84, 130, 160)])
        draw.ellipse((x, y, x + size, y + size * 2 // 3), fill=tone, outline=(50, 50, 50))


def _grain(image: Image.Image, random: Random) -> Image.Image:
    noise = Image.effect_noise(SIZE, 26).convert("RGB")
    return Image.blend(image.filter(ImageFilter.GaussianBlur(1.2)), noise, 0.08)
