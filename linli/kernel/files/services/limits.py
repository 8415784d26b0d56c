"""How much is taken in. Every figure is a setting with a default that holds."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """``max_bytes`` per upload, ``max_pixels`` declared by its header, ``per_subject`` pictures.

    A WebP may declare a quarter of that: its decoder holds four whole pictures, the others' one.
    ``memory`` (bytes of address space) and ``seconds`` bound the process that decodes one picture.
    """

    max_bytes: int = 12 * MIB
    max_pixels: int = 50_000_000
    per_subject: int = 9
    memory: int = 384 * MIB
    seconds: int = 20


def limits() -> Limits:
    """Return the limits of this installation (setting ``FILES_LIMITS``, a dictionary of these names)."""
    return Limits(**getattr(settings, "FILES_LIMITS", {}))
