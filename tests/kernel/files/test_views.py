from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from linli.kernel.files import access, services
from linli.kernel.files.choices import State
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import store
from tests.kernel.files.builders import a_linked_picture, a_picture, a_ready_picture
from tests.kernel.files.corpus import photo, saved

pytestmark = pytest.mark.django_db
CASE = UUID(int=1)
CODE = "k7m2-p9qx"


@pytest.fixture(autouse=True)
def _owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases answer for this test: whoever has the code may see the case it stands for."""
    monkeypatch.setattr(access, "_answers", {})

    def may_see(viewer_or_code: Any, subject_id: UUID) -> bool:
        return viewer_or_code == CODE and subject_id == CASE

    access.register("case", may_see)


def url(picture: Attachment, size: str = "page") -> str:
    return f"/files/{picture.id}/{size}"


@pytest.mark.parametrize("size", ["thumb", "page", "full"])
def test_who_may_see_the_case_sees_its_pictures(client: Client, size: str) -> None:
    picture = a_ready_picture(saved(photo(600, 400)), subject_id=CASE)

    answer = client.get(url(picture, size), {"code": CODE})

    content = b"".join(answer.streaming_content)
    answer.close()
    assert answer.status_code == 200
    assert len(content) == picture.outputs[size][1]
    assert {name: answer[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control")} == {
        "Content-Type": "image/webp",
        "Content-Disposition": f'inline; filename="{picture.id}-{size}.webp"',
        "Cache-Control": "private, no-store",
    }
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Referrer-Policy"] == "no-referrer"


def test_a_second_name_for_the_same_content_leads_to_it(client: Client) -> None:
    content = saved(photo(seed=3))
    first, second = a_picture(content), a_picture(content)
    services.link([first.id, second.id], subject_kind="case", subject_id=CASE, county="")
    services.process(first.made_at)

    answer = client.get(url(second), {"code": CODE})

    answer.close()
    assert (answer.status_code, answer["Content-Disposition"]) == (
        200,
        f'inline; filename="{first.id}-page.webp"',
    )


def test_everything_else_is_absent(client: Client) -> None:
    ready = a_ready_picture(subject_id=CASE, seed=1)
    elsewhere = a_ready_picture(subject_id=uuid4(), seed=2)
    refused = a_ready_picture(saved(photo(seed=5))[:900], subject_id=CASE)
    loose, waiting = a_picture(seed=3), a_linked_picture(subject_id=CASE, seed=4)
    with_code = {"code": CODE}

    answers = {
        "no code": client.get(url(ready)),
        "another code": client.get(url(ready), {"code": "x"}),
        "another case": client.get(url(elsewhere), with_code),
        "not linked": client.get(url(loose), with_code),
        "in quarantine": client.get(url(waiting), with_code),
        "refused": client.get(url(refused), with_code),
        "unknown": client.get(f"/files/{uuid4()}/page", with_code),
        "another size": client.get(url(ready, "original"), with_code),
        "no id": client.get("/files/../../etc/passwd/page", with_code),
        "encoded": client.get("/files/%2e%2e%2fdb.sqlite3/page", with_code),
    }
    services.delete_for(subject_kind="case", subject_ids=[CASE])
    answers["deleted"] = client.get(url(ready), with_code)

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 404)


def test_a_subject_nobody_answers_for_is_absent(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = a_ready_picture(subject_id=CASE)
    monkeypatch.setattr(access, "_answers", {})

    assert client.get(url(picture), {"code": CODE}).status_code == 404


def test_what_its_owner_does_not_let_anybody_see_is_absent_though_it_is_there(client: Client) -> None:
    picture = a_ready_picture(subject_id=CASE)

    answers = [client.get(url(picture), {"code": code}).status_code for code in ("x", "")]
    with_size = client.get(url(picture, "thumb"), {"code": CODE})
    with_size.close()

    assert (answers, with_size.status_code) == ([404, 404], 200)


def test_a_picture_that_lost_its_linking_or_its_readiness_is_absent(client: Client) -> None:
    """Its bytes are there and its sizes are known; the row alone says that it is not to be served."""
    picture = a_ready_picture(subject_id=CASE)

    def answered(**changed: object) -> int:
        Attachment.objects.filter(pk=picture.pk).update(**changed)
        answer = client.get(url(picture), {"code": CODE})
        b"".join(answer)  # sent to the end; closed by hand it would close the database's connection too
        return answer.status_code

    assert answered() == 200
    assert answered(state=State.QUARANTINED) == 404
    assert answered(state=State.READY, outputs={}) == 404
    assert answered(outputs=picture.outputs, subject_id=None) == 404


def test_a_file_that_has_gone_is_absent_and_no_error(client: Client) -> None:
    picture = a_ready_picture(subject_id=CASE)
    store.delete_served(picture.id)

    assert client.get(url(picture), {"code": CODE}).status_code == 404


def test_nothing_but_reading_is_possible(client: Client) -> None:
    picture = a_ready_picture(subject_id=CASE)

    head = client.head(url(picture), {"code": CODE})
    head.close()

    assert head.status_code == 200
    assert [
        client.generic(method, f"{url(picture)}?code={CODE}").status_code
        for method in ("POST", "PUT", "DELETE")
    ] == [405] * 3
