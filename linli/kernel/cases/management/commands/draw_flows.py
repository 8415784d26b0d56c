"""``linli draw_flows``: write docs/flows/<flow>.md from the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from linli.foundation.flow import Flow
from linli.kernel.cases import registry


class Command(BaseCommand):
    help = "Draw every registered flow for the docs."

    def handle(self, **_options: Any) -> None:
        for app in registry.every():
            target = Path(settings.ROOT) / "docs" / "flows" / f"{app.flow.name}.md"
            target.write_text(drawn(app.flow), encoding="utf-8")
            self.stdout.write(str(target.relative_to(settings.ROOT)))


def drawn(flow: Flow) -> str:
    """Return the page of a flow: the picture, then each step with its switch."""
    rows = [
        f"| `{step.name}` | {step.label} | {_switch(step)} | {step.hint or ''} |"
        for step in flow.steps.values()
    ]
    table = "\n".join(["| step | button | in a profile | what it means |", "|---|---|---|---|", *rows])
    return f"# {flow.title} `{flow.name}`\n\nDrawn from the table by `linli draw_flows`.\n\n```mermaid\n{flow.as_mermaid()}\n```\n\n{table}\n"


def _switch(step: Any) -> str:
    parts = [f"switch {step.switch}" if step.switch else "", f"one of {step.group}" if step.group else ""]
    return ", ".join(part for part in parts if part)
