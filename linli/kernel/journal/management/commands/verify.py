"""``linli verify``: is everything that was written still there, as it was written?"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.journal import verify


class Command(BaseCommand):
    help = "Check chains, positions, seals and whatever else is registered. Exit 1 if anything is found."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer in JSON")
        parser.add_argument("--only", nargs="+", choices=sorted(verify.CHECKS), help="run only these checks")

    def handle(self, **options: Any) -> None:
        report = verify.run(options["only"])
        verify.note(at=timezone.now(), findings=len(report.findings), is_whole=not options["only"])
        if options["json"]:
            self.stdout.write(_as_json(report))
        else:
            self._tell(report)
        if report.findings:
            sys.exit(1)

    def _tell(self, report: verify.Report) -> None:
        for finding in report.findings:
            self.stdout.write(f"✗ {finding.sentence} [{finding.check}] {finding.where}")
        for remark in report.remarks:
            self.stdout.write(f"· {remark}")
        counted = "，".join(f"{what} {number}" for what, number in sorted(report.counts.items()))
        self.stdout.write(_("已核对：%(counted)s。") % {"counted": counted})
        found = len(report.findings)
        self.stdout.write(
            ngettext("发现 %(n)d 处问题。", "发现 %(n)d 处问题。", found) % {"n": found}
            if found
            else _("没有发现问题。")
        )


def _as_json(report: verify.Report) -> str:
    body = {
        "findings": [
            {"check": f.check, "sentence": str(f.sentence), "where": f.where} for f in report.findings
        ],
        "remarks": [str(remark) for remark in report.remarks],
        "counts": report.counts,
    }
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True)
