"""The web server's entrance. Under ``linli serve`` the other work is done in threads beside it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
application = get_wsgi_application()

from config import worker  # noqa: E402 -- it reads models, so the apps must be loaded first

if os.environ.get("LINLI_EMBEDDED") == "1":  # set by the command `serve`, not by people
    worker.start()
