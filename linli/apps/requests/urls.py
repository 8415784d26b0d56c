from __future__ import annotations

from django.urls import path

from linli.apps.requests import views

app_name = "requests"
urlpatterns = [
    path("report", views.report, name="report"),
    path("report/urgent", views.report_urgent, name="report_urgent"),
    path("report/suggest", views.suggest, name="suggest"),
    path("report/places", views.find_place, name="places"),
    path("report/sent/<str:code>", views.sent, name="sent"),
    path("find", views.find, name="find"),
    path("t/<str:code>", views.track, name="track"),
    path("t/<str:code>/<slug:step>", views.take, name="take"),
]
