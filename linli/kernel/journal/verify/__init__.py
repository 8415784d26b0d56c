"""Checks that the record is whole. ``linli verify`` runs all that are registered."""

from linli.kernel.journal.verify.checking import CHECKS, Finding, Report, register, run, snapshot
from linli.kernel.journal.verify.standing import Verified, last, note
from linli.kernel.journal.verify.streams import stream_findings

__all__ = [
    "CHECKS",
    "Finding",
    "Report",
    "Verified",
    "last",
    "note",
    "register",
    "run",
    "snapshot",
    "stream_findings",
]
