"""Every module that holds something about people answers for it: it tells it, erases it, and has a mask (row L4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.checks import Error
from django.db import models
from django.test.utils import isolate_apps
from django.utils import timezone

from linli.foundation.ids import new_id
from linli.foundation.rules import Actor
from linli.kernel.files.models import Attachment
from linli.kernel.notices import services as notices
from linli.kernel.notices.models import Notice
from linli.kernel.people.models import Account
from linli.kernel.people.services.accounts import resident_for
from linli.kernel.vault import checks, registry, services
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.registry import Asking, Whose
from tests.kernel.files.builders import a_ready_picture
from tests.world import TEN, World, a_world

CANARY, PHONE = "金丝雀说灯不亮", "+8613812340001"


def answering() -> set[str]:
    return set(registry.HOLDERS) | set(registry.ANSWERED_BY)


def holding() -> set[str]:
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("linli.")}
    return {code.split(".")[0] for code in FIELDS} & ours


def test_every_module_that_declares_personal_data_answers_for_it(figure):
    wanted = holding()

    assert wanted - answering() == set()
    assert {"requests", "privacy", "people", "files"} <= wanted
    for holder in registry.HOLDERS.values():
        assert all(map(callable, (holder.subjects, holder.export, holder.erase, holder.mask)))
    assert all(other in registry.HOLDERS for other in registry.ANSWERED_BY.values())
    figure(
        "L4",
        "modules with personal data that answer for it",
        target="100 %",
        n=len(wanted),
        floor=4,
        got="100 %",
    )


def test_a_module_that_does_not_fails_the_build(monkeypatch):
    monkeypatch.delitem(registry.HOLDERS, "files")
    found = list(checks.check_declarations(None))

    assert [(one.id, type(one)) for one in found] == [("vault.E004", Error)]
    assert found[0].msg.startswith("files ")


@isolate_apps("linli.kernel.figures")
def test_rows_that_lead_to_a_person_need_an_answer_or_a_reason(monkeypatch):
    class Stranger(models.Model):
        by_id = models.UUIDField()

        class Meta:
            app_label = "figures"
            managed = False

    monkeypatch.delitem(registry.NOTHING_HELD, "figures")
    assert [one.id for one in checks.unanswered([Stranger])] == ["vault.E004"]


def test_no_mask_shows_what_it_hides():
    shown = [declared.mask(CANARY) for declared in FIELDS.values() if declared.mask is not str]
    shown += [holder.mask(CANARY) for holder in registry.HOLDERS.values()]
    assert [one for one in shown if CANARY in one] == []
    assert len(shown) >= len(registry.HOLDERS) + 6


@pytest.fixture
def world() -> Iterator[World]:
    return a_world()  # type: ignore[return-value]


@pytest.mark.django_db
def test_what_each_holder_tells_is_gone_when_it_has_erased(world):
    """Something of a person in every holder; each tells of it, and after forgetting none does."""
    me = world.people["me"] = resident_for(PHONE, TEN)
    case = world.raise_case(who="me", text=CANARY, contact_name="雀某甲")
    world.take(case, "sort", "community", sort="own", reason="household", words="可以自己换")
    world.take(case, "lapse", "clock", timezone.now())
    picture = a_ready_picture(subject_id=case.pk)
    notices.tell(to_kind="person", to_id=me.pk, template="request.raise", params={"number": case.number},
                 dedupe_key="one", now=TEN, county="")  # fmt: skip
    whose = Whose("person", me.pk)
    asking = Asking(whose, Actor("person", me.pk), "me", timezone.now())
    told = {module: bool(holder.export(asking)) for module, holder in registry.HOLDERS.items()}
    assert told == {"cases": True, "notices": True, "files": True, "people": True}

    services.forget(whose=whose, now=timezone.now())
    texts = [
        line.text
        for holder in registry.HOLDERS.values()
        for part in holder.export(asking)
        for line in part.lines
    ]
    assert [
        one for one in texts if CANARY in one or PHONE in one or "雀某甲" in one or "可以自己换" in one
    ] == []
    assert Attachment.objects.get(pk=picture.pk).state == "erased"
    assert not Notice.objects.filter(to_id=me.pk).exists()
    assert not Account.objects.get(pk=me.pk).is_active
    assert services.forget(whose=whose, now=timezone.now()).erased == 0, "doing it again changes nothing"
    assert services.forget(whose=Whose("person", new_id()), now=TEN).erased == 0
