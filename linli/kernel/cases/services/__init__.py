"""What can be done with a case. ``open_case`` bears it, ``take`` is the only door after that."""

from linli.kernel.cases.queries.codes import track_of, tracking_code
from linli.kernel.cases.services.applying import KEEP, NOTE, SUBJECT
from linli.kernel.cases.services.change import Call, Change
from linli.kernel.cases.services.forms_in import WrongEntries
from linli.kernel.cases.services.opening import KEY_LENGTH, Opened, open_case
from linli.kernel.cases.services.taking import take

__all__ = [
    "KEEP",
    "KEY_LENGTH",
    "NOTE",
    "SUBJECT",
    "Call",
    "Change",
    "Opened",
    "WrongEntries",
    "open_case",
    "take",
    "track_of",
    "tracking_code",
]
