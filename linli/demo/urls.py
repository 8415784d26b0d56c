from __future__ import annotations

from django.urls import path

from linli.demo import views

app_name = "demo"
urlpatterns = [path("demo", views.logins, name="logins")]
