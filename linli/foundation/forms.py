"""The closed list of field types that a step's form is made of, and what they are in JSON Schema.

A step's Django form is the one declaration of its input: the page shows it, the
API publishes it, and both doors validate through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linli.foundation.text import clean

DEGREE = 10_000_000  # coordinates are whole numbers of 1e-7°
MAX_IDS = 9


class WordsField(forms.CharField):
    """What a person writes: several lines, no control characters."""

    widget = forms.Textarea

    def __init__(self, *, limit: int = 1000, rows: int = 3, **options: Any) -> None:
        self.limit = limit
        super().__init__(max_length=limit, widget=forms.Textarea(attrs={"rows": rows}), **options)

    def clean(self, value: Any) -> str:
        return clean(super().clean(value), self.limit)


class LineField(forms.CharField):
    """What a person writes on one line."""

    def __init__(self, *, limit: int = 60, **options: Any) -> None:
        self.limit = limit
        super().__init__(max_length=limit, **options)

    def clean(self, value: Any) -> str:
        return clean(super().clean(value), self.limit)


class DegreesField(forms.DecimalField):
    """A WGS-84 coordinate: degrees from outside, a whole number of 1e-7° inside."""

    def __init__(self, *, bound: int, **options: Any) -> None:
        super().__init__(
            min_value=-bound, max_value=bound, required=False, widget=forms.HiddenInput, **options
        )

    def clean(self, value: Any) -> Any:
        degrees = super().clean(value)
        return None if degrees is None else int((Decimal(degrees) * DEGREE).to_integral_value())


class DayField(forms.DateField):
    """A day, written 2026-03-16 and in no other way."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(input_formats=["%Y-%m-%d"], widget=widget, **options)

    def to_python(self, value: Any) -> date | None:
        return super().to_python(value if value is None or isinstance(value, date) else str(value))


class PhotosInput(forms.FileInput):
    """The camera or the album on a page; what comes in is received first, and its ids stand in the data."""

    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": "image/jpeg,image/png,image/webp", "multiple": True, **(attrs or {})})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data


class IdsField(forms.Field):
    """Ids of photos that have been received: at most nine."""

    widget = PhotosInput

    def clean(self, value: Any) -> list[UUID]:
        given = value if isinstance(value, (list, tuple)) else [value] if value else []
        if len(given) > MAX_IDS:
            raise ValidationError(_("一次最多九张照片。"))
        try:
            found = [one if isinstance(one, UUID) else UUID(str(one)) for one in given if one]
        except ValueError as wrong:
            raise ValidationError(_("照片没有传好，请重新选。")) from wrong
        if self.required and not found:
            raise ValidationError(_("请至少附一张照片。"))
        return list(dict.fromkeys(found))


class PhoneField(forms.CharField):
    """A telephone number of the Chinese mainland, or an international one with +."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel"}), **options)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            number = phonenumbers.parse(text, "CN")
        except phonenumbers.NumberParseException as wrong:
            raise ValidationError(_("请填写正确的电话号码，例如 13812345678。")) from wrong
        if not phonenumbers.is_valid_number(number):
            raise ValidationError(_("请填写正确的电话号码，例如 13812345678。"))
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class StepForm(forms.Form):
    """A step's input. It knows the case and the moment, so that it can offer what is possible."""

    template_name_div = "ui/_form.html"

    def __init__(self, data: Any = None, *, case: Any = None, moment: Any = None, prefix: str = "") -> None:
        self.case = case
        self.moment = moment
        super().__init__(data, auto_id=f"{prefix}%s")
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the case, such as the desks to choose from."""


def posted(form: type[forms.Form], data: Any, photos: list[UUID]) -> dict[str, Any]:
    """Return what a page sent for this form: its own fields only, photos by their ids.

    ``data`` is a QueryDict. Where a field was sent several times the last one counts,
    unless the field takes several.
    """
    found: dict[str, Any] = {}
    for name, field in form.base_fields.items():
        if isinstance(field, IdsField):
            found[name] = photos
        elif isinstance(field, forms.MultipleChoiceField):
            found[name] = data.getlist(name)
        elif name in data:
            found[name] = data.get(name)
    return found


def offer(form: forms.Form, name: str, choices: Sequence[Any] | Callable[[], Sequence[Any]]) -> None:
    """Set what can be chosen in a field of a form that is being made."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name!r} is no choice.")
    field.choices = choices


_PLAIN: dict[type[forms.Field], dict[str, Any]] = {
    forms.BooleanField: {"type": "boolean"},
    forms.IntegerField: {"type": "integer"},
    forms.UUIDField: {"type": "string", "format": "uuid"},
    forms.DateField: {"type": "string", "format": "date"},
    DegreesField: {"type": "number"},
    IdsField: {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": MAX_IDS},
}


def as_json_schema(form: type[forms.Form]) -> dict[str, Any]:
    """Return the JSON Schema of a step's form: an object, closed."""
    fields = form.base_fields
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _property(field) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
    }


def _values(field: forms.ChoiceField) -> Iterator[Any]:
    """Yield what can be chosen, groups unfolded; nothing where the choices depend on the case."""
    for value, label in field.widget.choices:
        yield from (inner for inner, _label in label) if isinstance(label, (list, tuple)) else (value,)


def _property(field: forms.Field) -> dict[str, Any]:
    about: dict[str, Any] = {"title": str(field.label or "")}
    for kind, schema in _PLAIN.items():
        if isinstance(field, kind):
            return {**about, **schema}
    if isinstance(field, forms.MultipleChoiceField):
        return {**about, "type": "array", "items": {"type": "string"}}
    if isinstance(field, forms.ChoiceField):
        values = [str(value) for value in _values(field) if value]
        return {**about, "type": "string", **({"enum": values} if values else {})}
    limit = getattr(field, "max_length", None)
    return {**about, "type": "string", **({"maxLength": limit} if limit else {})}
