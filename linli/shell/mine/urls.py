from __future__ import annotations

from django.urls import path, register_converter

from linli.shell.mine import asking, views


class CopyKind:
    """What a copy can be had as."""

    regex = "html|json"

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


register_converter(CopyKind, "copy_kind")

app_name = "mine"
urlpatterns = [
    path("me/data", views.held, name="held"),
    path("me/data/copy.<copy_kind:kind>", views.copy, name="copy"),
    path("me/data/contact/<uuid:case_id>", views.contact, name="contact"),
    path("me/data/ways", views.ways, name="ways"),
    path("me/data/phone", asking.phone, name="phone"),
    path("me/data/ask", asking.ask, name="ask"),
    path("me/data/close", views.close, name="close"),
    path("t/<str:code>/data", views.held_by_code, name="held_by_code"),
    path("t/<str:code>/data/copy.<copy_kind:kind>", views.copy_by_code, name="copy_by_code"),
    path("t/<str:code>/data/contact/<uuid:case_id>", views.contact_by_code, name="contact_by_code"),
    path("t/<str:code>/data/ways", views.ways_by_code, name="ways_by_code"),
    path("t/<str:code>/data/ask", asking.ask_by_code, name="ask_by_code"),
    path("desk/data/new", asking.ask_for_somebody, name="ask_for_somebody"),
]
