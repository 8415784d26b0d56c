"""Is every picture that was received, and waits to be re-encoded, there byte for byte?

Asked of a restored copy. On a living site a picture may be done between the question and the look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from linli.kernel.files.choices import State
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import store
from linli.kernel.journal.verify import Finding, Report

CHUNK = 1000
NAME = "files.waiting"
GONE = _("收到的照片文件不见了。")
CHANGED = _("收到的照片文件的内容变了。")


def waiting(report: Report) -> Iterator[Finding]:
    """Compare each picture in quarantine with the digest written down when it was received."""
    rows = Attachment.objects.filter(state=State.QUARANTINED, same_as=None).order_by("id")
    for id, digest in rows.values_list("id", "digest").iterator(CHUNK):
        report.count("files waiting")
        try:
            with store.storage().open(store.quarantined(id)) as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            yield Finding(NAME, GONE, store.quarantined(id))
        else:
            if found != digest:
                yield Finding(NAME, CHANGED, store.quarantined(id))
