"""What can be done with the journal."""

from linli.kernel.journal.services.consuming import consume
from linli.kernel.journal.services.recording import advance, record
from linli.kernel.journal.services.sealing import publish_roots, seal
from linli.kernel.journal.services.sequencing import sequence
from linli.kernel.journal.services.stamping import bump
from linli.kernel.journal.services.ticking import confirm_clock, tick

__all__ = [
    "advance",
    "bump",
    "confirm_clock",
    "consume",
    "publish_roots",
    "record",
    "seal",
    "sequence",
    "tick",
]
