"""What a page offers to take is what the door takes; what it does not take is refused in a sentence."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client

from linli.apps.requests.forms import RaiseForm
from linli.foundation.forms import PhotosInput
from linli.kernel.files.models import Attachment
from linli.kernel.files.services.receiving import WEIGHTS
from tests.kernel.files.corpus import foreign, photo, saved
from tests.world import a_world

NOT_PHOTOS = ["PDF", "SVG", "HEIC", "HTML", "ZIP", "GIF"]


def test_the_page_offers_the_kinds_that_are_taken_and_jpeg_first():
    """Named kinds, and JPEG before the others: then Safari turns a HEIC into a JPEG before it sends it."""
    page = render_to_string("ui/_shoot.html", {"field": RaiseForm()["photos"]})
    offered = {*re.findall(r'accept="([^"]*)"', page), PhotosInput().attrs["accept"]}

    assert offered == {",".join(f"image/{kind}" for kind in WEIGHTS)}
    assert next(iter(WEIGHTS)) == "jpeg"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", NOT_PHOTOS)
def test_what_is_no_photo_is_refused_beside_the_field_in_one_plain_sentence(kind):
    world = a_world()
    sent = SimpleUploadedFile("a.jpg", dict(foreign())[kind].content, content_type="image/jpeg")
    entry = {"text": "楼道灯不亮", "place": str(world.building.id), "photos": [sent]}

    page = Client().post("/report", entry)

    said = page.context["form"].errors["photos"]
    assert page.status_code == 415
    assert said == ["只能添加照片（JPEG、PNG 或 WebP），文档和视频加不了。请拍一张照片，或者截一张图。"]
    assert "楼道灯不亮</textarea>" in page.content.decode()
    assert Attachment.objects.count() == 0


@pytest.mark.django_db
def test_the_api_says_the_same():
    sent = SimpleUploadedFile("a.pdf", dict(foreign())["PDF"].content, content_type="application/pdf")

    refused = Client().post("/api/v1/photos", {"photo": sent})

    assert (refused.status_code, refused["Content-Type"]) == (415, "application/problem+json")
    assert refused.json()["detail"].startswith("只能添加照片")


@pytest.mark.django_db
def test_a_photo_under_any_name_and_type_is_taken_for_what_it_is():
    sent = SimpleUploadedFile("scan.pdf", saved(photo(32, 32)), content_type="application/pdf")

    taken = Client().post("/api/v1/photos", {"photo": sent})

    assert taken.status_code == 201
    assert Attachment.objects.get().kind == "jpeg"
