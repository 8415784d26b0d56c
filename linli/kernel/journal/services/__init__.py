"""What can be done with the journal."""

from linli.kernel.journal.services.consuming import consume
from linli.kernel.journal.services.recording import advance, record
from linli.kernel.journal.services.sealing import publish_roots, seal
from linli.kernel.journal.services.sequencing import sequence
from linli.kernel.journal.services.stamping import bump

__all__ = ["advance", "bump", "consume", "publish_roots", "record", "seal", "sequence"]
