from __future__ import annotations

from django.urls import path

from linli.shell.home import views

app_name = "home"
urlpatterns = [
    path("", views.home, name="home"),
    path("p/<uuid:place_id>", views.place, name="place"),
    path("mode", views.mode, name="mode"),
    path("me", views.me, name="me"),
]
