from __future__ import annotations

from django.urls import path

from linli.shell.desk.views import case, inbox, new, register

app_name = "desk"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("cases", register.register, name="register"),
    path("cases/<uuid:case_id>", case.case, name="case"),
    path("cases/<uuid:case_id>/open", case.reveal, name="open"),
    path("cases/<uuid:case_id>/reads", case.reads, name="reads"),
    path("cases/<uuid:case_id>/<slug:step>", case.take, name="take"),
    path("new", new.new, name="new"),
]
