"""What the lint reads of rules: the fields that a schema has, and every word of a rule's data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from pydantic import BaseModel

from linli.foundation.errors import InvalidInput
from linli.kernel.rulebook import registry
from linli.kernel.vault.rules import looks_personal, never_collected


def texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield every key and every text of a rule's data, with where it stands."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield where, str(key)
            yield from texts(item, f"{where}.{key}".strip("."))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from texts(item, f"{where}.{number}".strip("."))
    elif isinstance(value, str):
        yield where, value


def fields(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Yield the names of all fields of a schema, those of its parts too, with the shape they belong to."""
    whole = model.model_json_schema()
    for shape in (whole, *whole.get("$defs", {}).values()):
        for name in shape.get("properties", ()):
            yield shape.get("title", ""), name


def refuse_fields(key: str, model: type[BaseModel]) -> None:
    """A rule is about places and procedures: a schema has no field about a person."""
    for shape, name in fields(model):
        if never_collected(name) or looks_personal(shape, name, ""):
            raise ImproperlyConfigured(
                f"The schema of {key!r} has a field {name!r}: rules hold nothing about people."
            )


def refuse_words(data: Mapping[str, Any]) -> None:
    """Raise InvalidInput if a rule names what this system never collects."""
    for where, text in texts(data):
        if word := never_collected(text):
            found = {"where": where, "word": word}
            raise InvalidInput(
                _("规则的“%(where)s”里写了“%(word)s”：这类信息本系统不收集。") % found, field="data"
            )


def schema_words() -> Iterator[tuple[str, str]]:
    """What the system check reads of the registered schemas."""
    for key, found in registry.SCHEMAS.items():
        if isinstance(found, type):
            yield from ((f"{key} {shape}", name) for shape, name in fields(found))


def catalog_words() -> Iterator[tuple[str, str]]:
    """What the system check reads of the shipped files."""
    for file in sorted((settings.ROOT / "catalog").rglob("*.toml")):
        with file.open("rb") as stream:
            yield from ((f"{file.name} {where}", text) for where, text in texts(tomllib.load(stream)))
