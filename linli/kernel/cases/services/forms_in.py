"""The Django form of a step is the one declaration of its input; both doors come through here."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.errors import InvalidInput
from linli.foundation.flow import Step
from linli.foundation.rules import Moment
from linli.kernel.cases.models import Case


class WrongEntries(InvalidInput):
    """The form did not validate; ``form`` holds what was typed and what is wrong with each field."""

    def __init__(self, form: Any) -> None:
        field, errors = next(iter(form.errors.items()))
        super().__init__(errors[0], field="" if field == "__all__" else field)
        self.form = form


def cleaned(step: Step, data: dict[str, Any], case: Case | None, moment: Moment) -> dict[str, Any]:
    """Return the input as the step's form cleans it. Unknown names are refused by name."""
    if step.form is None:
        if extra := set(data) - {"version"}:
            raise InvalidInput(_("这一步不需要填写：%(names)s。") % {"names": "、".join(sorted(extra))})
        return {}
    form = step.form(data, case=case, moment=moment)
    if strange := set(data) - set(form.fields) - {"version"}:
        raise InvalidInput(_("这些项目不能填写：%(names)s。") % {"names": "、".join(sorted(strange))})
    if not form.is_valid():
        raise WrongEntries(form)
    return dict(form.cleaned_data)
