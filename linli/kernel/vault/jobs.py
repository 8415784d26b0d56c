"""What the vault does by itself."""

from __future__ import annotations

from datetime import datetime

from linli.kernel.journal.jobs import every
from linli.kernel.vault import services


@every(3600, "vault.erase_due", is_final=True)
def _erase_due(now: datetime) -> int:
    return services.erase_due(now)


@every(60, "vault.finish_erasing")
def _finish_erasing(_now: datetime) -> int:
    return services.finish_erasing()


@every(60, "vault.finish_restricted", is_final=True)
def _finish_restricted(now: datetime) -> int:
    return services.finish_restricted(now)


@every(86400, "vault.sweep", is_final=True)
def _sweep(now: datetime) -> int:
    return services.sweep(now)


@every(600, "vault.rotate")
def _rotate(now: datetime) -> int:
    return services.rotate(now)
