"""What can be seen of the vault without opening it, and who opened it."""

from linli.kernel.vault.queries.allowing import (
    STOPPED,
    File,
    Opened,
    allowance,
    allowances_in_force,
    allowances_of,
    allowances_open,
    files_of,
    opened_between,
    opened_files,
    refused_to,
    was_stopped,
)
from linli.kernel.vault.queries.purging import Segment, next_segment, purges, removed, term_ends
from linli.kernel.vault.queries.routing import KeyStoreRouter
from linli.kernel.vault.queries.seeing import (
    about,
    digest_of_read,
    find,
    kept_until,
    lookup_of,
    masked,
    opened,
    reads_of,
)

__all__ = [
    "STOPPED",
    "File",
    "KeyStoreRouter",
    "Opened",
    "Segment",
    "about",
    "allowance",
    "allowances_in_force",
    "allowances_of",
    "allowances_open",
    "digest_of_read",
    "files_of",
    "find",
    "kept_until",
    "lookup_of",
    "masked",
    "next_segment",
    "opened",
    "opened_between",
    "opened_files",
    "purges",
    "reads_of",
    "refused_to",
    "removed",
    "term_ends",
    "was_stopped",
]
