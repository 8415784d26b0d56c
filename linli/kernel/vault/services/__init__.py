"""What can be done with personal values."""

from linli.kernel.vault.services.allowing import ANSWERING, answer_wish, ask_for_more, break_glass
from linli.kernel.vault.services.erasing import (
    erase,
    erase_due,
    erase_keyless,
    erase_person,
    finish_erasing,
    sweep,
)
from linli.kernel.vault.services.forgetting import (
    Forgotten,
    Hold,
    copy_of,
    finish_restricted,
    forget,
    subjects_of,
)
from linli.kernel.vault.services.keeping import mint, put, rotate, settle
from linli.kernel.vault.services.limiting import Stopped, TooFast
from linli.kernel.vault.services.purging import PURGE_ANSWERS, answer_purge, propose_purge
from linli.kernel.vault.services.reading import read, read_many, read_together

__all__ = [
    "ANSWERING",
    "PURGE_ANSWERS",
    "Forgotten",
    "Hold",
    "Stopped",
    "TooFast",
    "answer_purge",
    "answer_wish",
    "ask_for_more",
    "break_glass",
    "copy_of",
    "erase",
    "erase_due",
    "erase_keyless",
    "erase_person",
    "finish_erasing",
    "finish_restricted",
    "forget",
    "mint",
    "propose_purge",
    "put",
    "read",
    "read_many",
    "read_together",
    "rotate",
    "settle",
    "subjects_of",
    "sweep",
]
