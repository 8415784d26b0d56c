"""Pictures in the state a test needs, made through the services."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from uuid import UUID, uuid4

from linli.foundation.rules import Actor
from linli.kernel.files import services
from linli.kernel.files.models import Attachment
from tests.kernel.files.corpus import photo, saved

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SENDER = Actor("person", UUID(int=7))


def a_picture(content: bytes | None = None, *, seed: int = 1, actor: Actor = SENDER) -> Attachment:
    """Received, not linked."""
    return services.receive(io.BytesIO(content or saved(photo(64, 48, seed=seed))), actor=actor, now=NOW)


def a_linked_picture(
    content: bytes | None = None, *, subject_id: UUID | None = None, seed: int = 1
) -> Attachment:
    """Received and linked to a case; still in quarantine."""
    picture = a_picture(content, seed=seed)
    services.link([picture.id], subject_kind="case", subject_id=subject_id or uuid4(), county="520115")
    picture.refresh_from_db()
    return picture


def a_ready_picture(
    content: bytes | None = None, *, subject_id: UUID | None = None, seed: int = 1
) -> Attachment:
    picture = a_linked_picture(content, subject_id=subject_id, seed=seed)
    services.process(NOW)
    picture.refresh_from_db()
    return picture
