"""What can be seen of the vault without opening it, and who opened it."""

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
    "KeyStoreRouter",
    "about",
    "digest_of_read",
    "find",
    "kept_until",
    "lookup_of",
    "masked",
    "opened",
    "reads_of",
]
