from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from linli.kernel.figures import registry
from linli.kernel.figures.models import Rollup
from linli.kernel.journal import services as journal
from tests.kernel.figures.builders import sums_of
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def _counted():
    world = a_world("wanshan")
    world.raise_case()
    journal.sequence(TEN)
    while journal.consume("figures", now=TEN):
        continue


def sums(code):
    return list(sums_of(code).values_list("path", "day", "category", "value"))


@pytest.mark.usefixtures("_counted")
def test_a_figure_with_wrong_sums_is_counted_again_and_the_others_are_left_alone():
    right, other = sums("requests.received"), sums("requests.open")
    Rollup.objects.update(**{registry.get("requests.received").field: 99})
    out = StringIO()

    call_command("rebuild_figures", "requests.received", stdout=out)

    assert sums("requests.received") == right
    assert sums("requests.open") == other
    assert out.getvalue().startswith("requests.received: ")


@pytest.mark.usefixtures("_counted")
def test_an_unknown_figure_is_refused():
    with pytest.raises(CommandError, match="There is no figure nothing"):
        call_command("rebuild_figures", "nothing")
