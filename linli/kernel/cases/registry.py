"""The flows that cases follow. An app registers its own at start-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from linli.foundation.flow import Flow
from linli.foundation.rules import Moment

if TYPE_CHECKING:
    from linli.kernel.cases.models import Case
    from linli.kernel.people.queries import DeskRef

Placed = Callable[["Case"], "DeskRef | None"]


@dataclass(frozen=True, slots=True)
class FlowApp:
    """A flow and what the kernel needs beside its table.

    plural    its name in addresses: ``/api/v1/<plural>/``
    birth     the step that leads from nothing
    holders   state → who holds a case there, when the step's service does not say
    clocks    state → the limit (rulebook key) that starts on entering it
    on_due    clock → the step the clock takes when it runs out (default "overdue")
    next_words  state → what comes next, as the resident reads it
    line        the main states in order, for the step bar
    acts        state → what is to be done there, in two or three characters, for the step bar
    aside       side state → the main state it interrupts
    open_to     state → the kind of desk that may see and take it there, on its own ground
    divert      which flow this input belongs to after all (a protected matter has its own)
    text_code   the vault field that holds what was said at birth
    show      what is shown beside it: vault field codes of the reporter
    matters   category → what it is called, for a flow whose categories are in no catalogue
    about_data  its cases are what people ask about their data: answered, and not part of it
    """

    flow: Flow
    plural: str
    birth: str
    holders: Mapping[str, Placed]
    clocks: Mapping[str, str]
    on_due: Mapping[str, str] = field(default_factory=dict)
    next_words: Mapping[str, Any] = field(default_factory=dict)
    line: Sequence[str] = ()
    acts: Mapping[str, Any] = field(default_factory=dict)
    aside: Mapping[str, str] = field(default_factory=dict)
    open_to: Mapping[str, str] = field(default_factory=dict)
    divert: Callable[[Mapping[str, Any], Moment], str] | None = None
    text_code: str = ""
    note_code: str = ""
    show: Sequence[str] = ()
    matters: Mapping[str, Any] = field(default_factory=dict)
    about_data: bool = False


_apps: dict[str, FlowApp] = {}


def register(app: FlowApp) -> None:
    _apps[app.flow.name] = app


def get(flow: str) -> FlowApp:
    return _apps[flow]


def every() -> list[FlowApp]:
    return list(_apps.values())
