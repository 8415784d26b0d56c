from __future__ import annotations

from django.urls import path, register_converter

from linli.kernel.files import views
from linli.kernel.files.choices import SIZES


class SizeConverter:
    regex = "|".join(SIZES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SizeConverter, "picture_size")

app_name = "files"
urlpatterns = [path("files/<uuid:id>/<picture_size:size>", views.picture, name="picture")]
