from __future__ import annotations

from django.urls import path

from linli.shell.figures import views

app_name = "figures"
urlpatterns = [
    path("desk/figures", views.overview, name="overview"),
    path("desk/figures/<str:code>", views.one, name="one"),
]
