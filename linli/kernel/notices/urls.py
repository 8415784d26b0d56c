from __future__ import annotations

from django.urls import path

from linli.kernel.notices import views

app_name = "notices"
urlpatterns = [
    path("desk/notices", views.inbox, name="inbox"),
    path("desk/notices/read", views.read, name="read"),
    path("desk/notices/<uuid:id>/revive", views.revive, name="revive"),
]
