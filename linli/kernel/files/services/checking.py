"""Is every picture that should be there there, byte for byte?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.kernel.files.choices import State
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import store
from linli.kernel.journal.verify import Finding, Report


def check(report: Report) -> Iterator[Finding]:
    """Compare each served file with the digest written down when it was made; for ``linli verify``."""
    ready = Attachment.objects.filter(state=State.READY, same_as=None)
    looked_at = 0
    for id, outputs in ready.order_by("id").values_list("id", "outputs").iterator(1000):
        for size, (digest, *_rest) in outputs.items():
            looked_at += 1
            found = _digest(store.served(id, size))
            if found is None:
                yield Finding("files", _("照片文件不见了。"), store.served(id, size))
            elif found != digest:
                yield Finding("files", _("照片文件的内容变了。"), store.served(id, size))
    report.counts["files"] = looked_at


def _digest(name: str) -> str | None:
    try:
        with store.storage().open(name) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
