"""Mounts each module's addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from config.api import api
from linli.shell.watching.views import health, metrics

handler404 = "config.api.not_found"
handler429 = "config.api.too_many"  # allauth's
handler500 = "config.api.went_wrong"

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", api.urls),
    path("", include("linli.kernel.files.urls")),
    path("", include("linli.kernel.notices.urls")),
    path("", include("linli.kernel.people.urls")),
    path("", include("linli.shell.signin.urls")),
    path("", include("linli.shell.mine.urls")),
    path("", include("linli.apps.requests.urls")),
    path("", include("linli.shell.figures.urls")),
    path("desk/", include("linli.shell.desk.urls")),
    path("", include("linli.shell.home.urls")),
    path("", include("linli.demo.urls")),
]
