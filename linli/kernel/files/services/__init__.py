"""Receive, link, re-encode, delete: what can be done with a picture."""

from __future__ import annotations

from linli.kernel.files.services.codes import qr_svg
from linli.kernel.files.services.erasing import HOLDER, erase_due, erase_for, settle
from linli.kernel.files.services.linking import link
from linli.kernel.files.services.processing import process
from linli.kernel.files.services.receiving import receive
from linli.kernel.files.services.removing import delete_for, sweep
from linli.kernel.files.services.waiting import waiting

__all__ = [
    "HOLDER",
    "delete_for",
    "erase_due",
    "erase_for",
    "link",
    "process",
    "qr_svg",
    "receive",
    "settle",
    "sweep",
    "waiting",
]
