"""The lint: personal columns are declared, and what is never collected has no place.

``vault.E001``  a column that looks personal and is neither declared nor explained
``vault.E002``  a word of the never-collected list in a model, a schema, a header, a catalogue
``vault.E003``  a declaration for a column that does not exist
``vault.E004``  a module that holds something about people and does not answer for it
``vault.E005``  a retention setting for nothing, or longer than what is declared
``vault.E006``  a declaration that does not say who sees the value
``vault.E007``  the log of reading is to be kept for less than the six months of the Cybersecurity Law, article 21
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db.models import Field, Model

from linli.kernel.vault.choices import Who
from linli.kernel.vault.fields import COLUMNS, FIELDS, PLAIN
from linli.kernel.vault.registry import ANSWERED_BY, HOLDERS, NOTHING_HELD, WORDS
from linli.kernel.vault.rules import looks_personal, never_collected

OURS = "linli."
LEAST_MONTHS = 6  # by law, for the logs of a network
DECLARE = "Declare it with vault.fields.column(), keep it in the vault, or explain it with vault.fields.not_personal()."
ANSWER = "Register how it tells, erases and masks that: vault.registry.register_holder() or answered_by()."
# Columns by which a row can be traced to a person: an account, an actor, or what hangs on a subject.
LINKS = frozenset(
    ["account", "person_id", "account_id", "actor_id", "by_id", "to_id", "subject_id", "made_by", "case_id"]
)
WHO = "Say who=(Who.SELF, …) where it is declared."
STANCE = "This system has no place for it (see the vault's README)."


def check_declarations(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    """The system check; it also runs with ``make check``."""
    models = [model for model in apps.get_models() if model.__module__.startswith(OURS)]
    return [
        *undeclared(models), *never(models), *_nowhere(models), *unanswered(models), *_kept_longer(),
        *for_nobody(), *_log_kept_too_short(),
    ]  # fmt: skip


def unanswered(models: Sequence[type[Model]]) -> Iterator[CheckMessage]:
    """Every module with personal values, personal columns or rows that lead to a person answers for them."""
    holding = {code.split(".")[0] for code in FIELDS} | {model.split(".")[0] for model, _field in COLUMNS}
    linked = {
        model._meta.app_label  # noqa: SLF001 -- Django's public model API
        for model in models
        if any(field.name in LINKS for field in _columns(model))
    }
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith(OURS)}
    for module in sorted((holding & ours) - _answering()):
        yield Error(f"{module} holds personal data and does not answer for it.", hint=ANSWER, id="vault.E004")
    for module in sorted(linked - holding - _answering() - set(NOTHING_HELD)):
        yield Error(f"{module} has rows that lead to a person.", hint=ANSWER, id="vault.E004")


def _answering() -> set[str]:
    return set(HOLDERS) | {module for module, other in ANSWERED_BY.items() if other in HOLDERS}


def for_nobody() -> Iterator[CheckMessage]:
    for declared in (*FIELDS.values(), *COLUMNS.values()):
        if not declared.who or not set(declared.who) <= set(Who):
            yield Error(f"{declared.code} does not say who sees it.", hint=WHO, id="vault.E006")


def _kept_longer() -> Iterator[CheckMessage]:
    for code, days in settings.RETENTION.items():
        if code not in FIELDS or not 0 < days <= FIELDS[code].retention.days:
            yield Error(
                f"LINLI_RETENTION: {code}={days} is no declared value, or longer than declared.",
                id="vault.E005",
            )


def _log_kept_too_short() -> Iterator[CheckMessage]:
    if settings.READ_LOG_MONTHS < LEAST_MONTHS:
        yield Error(
            f"LINLI_READ_LOG_MONTHS: {settings.READ_LOG_MONTHS} is less than {LEAST_MONTHS}.", id="vault.E007"
        )


def undeclared(models: Sequence[type[Model]]) -> Iterator[CheckMessage]:
    for model in models:
        for field in _columns(model):
            key = (model._meta.label_lower, field.name)  # noqa: SLF001 -- Django's public model API
            personal = looks_personal(model.__name__, field.name, str(field.verbose_name))
            if personal and key not in COLUMNS and key not in PLAIN:
                yield Error(
                    f"{model.__name__}.{field.name} looks personal.", hint=DECLARE, obj=model, id="vault.E001"
                )


def never(models: Sequence[type[Model]]) -> Iterator[CheckMessage]:
    for where, text in _texts(models):
        if word := never_collected(text):
            yield Error(f"{where}: {word!r} is never collected.", hint=STANCE, id="vault.E002")


def _nowhere(models: Sequence[type[Model]]) -> Iterator[CheckMessage]:
    there = {(model._meta.label_lower, field.name) for model in models for field in _columns(model)}  # noqa: SLF001
    for key in sorted({*COLUMNS, *PLAIN} - there):
        if key[0].split(".")[0] in apps.app_configs:
            yield Error(f"{'.'.join(key)} is declared and does not exist.", id="vault.E003")


def _texts(models: Sequence[type[Model]]) -> Iterator[tuple[str, str]]:
    for model in models:
        yield model.__name__, model.__name__
        for field in _columns(model):
            yield f"{model.__name__}.{field.name}", field.name
            yield f"{model.__name__}.{field.name}", str(field.verbose_name)
    for code, declared in FIELDS.items():
        yield code, code
        yield code, str(declared.label)
    for source, words in WORDS.items():
        for where, text in words():
            yield f"{source} {where}", text


def _columns(model: type[Model]) -> list[Field[Any, Any]]:
    return list(model._meta.local_concrete_fields)  # noqa: SLF001 -- Django's public model API
