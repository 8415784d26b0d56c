"""Identifiers: UUID version 7 (RFC 9562), time-ordered, minted by the server."""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Return a fresh UUIDv7. Those minted later by this process sort later."""
    return uuid_utils.compat.uuid7()
