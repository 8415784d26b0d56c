"""What can be done with personal values."""

from linli.kernel.vault.services.erasing import (
    erase,
    erase_due,
    erase_keyless,
    erase_person,
    finish_erasing,
    sweep,
)
from linli.kernel.vault.services.forgetting import Forgotten, Hold, finish_restricted, forget, subjects_of
from linli.kernel.vault.services.keeping import mint, put, rotate, settle
from linli.kernel.vault.services.reading import held_about, read, read_many

__all__ = [
    "Forgotten",
    "Hold",
    "erase",
    "erase_due",
    "erase_keyless",
    "erase_person",
    "finish_erasing",
    "finish_restricted",
    "forget",
    "held_about",
    "mint",
    "put",
    "read",
    "read_many",
    "rotate",
    "settle",
    "subjects_of",
    "sweep",
]
