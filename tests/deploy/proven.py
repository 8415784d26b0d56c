"""``python -m tests.deploy.proven``: note that a restore was proven, as a site has it that runs for a while."""

from __future__ import annotations

import django

if __name__ == "__main__":
    django.setup()

from django.utils import timezone

from linli.shell.backup import standing


def main() -> None:
    now = timezone.now().isoformat()
    standing.record(standing.Proven("", now, now, 0.0, {}))


if __name__ == "__main__":
    main()
