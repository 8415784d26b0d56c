from __future__ import annotations

from django.urls import path

from linli.kernel.people import views

urlpatterns = [
    path("desk/people", views.people, name="people"),
    path("desk/people/accounts", views.add_account, name="add_account"),
    path("desk/people/posts", views.appoint, name="appoint"),
    path("desk/people/posts/<uuid:post_id>/confirm", views.confirm_post, name="confirm_post"),
    path("desk/people/posts/<uuid:post_id>/end", views.end_post, name="end_post"),
    path("desk/people/posts/<uuid:post_id>/replace", views.replace_holder, name="replace_holder"),
]
