"""The key store is a database of its own, so that it can be backed up apart."""

from __future__ import annotations

from typing import Any

STORE = "keys"
THERE = frozenset({"datakey", "indexkey"})


class KeyStoreRouter:
    """Sends the key models to the alias ``keys`` and everything else to ``default``."""

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:
        return STORE if _is_key(model._meta.app_label, model._meta.model_name) else None  # noqa: SLF001

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **_hints: Any) -> bool:
        return (db == STORE) == _is_key(app_label, model_name)


def _is_key(app_label: str, model_name: str | None) -> bool:
    return app_label == "vault" and (model_name or "").lower() in THERE
