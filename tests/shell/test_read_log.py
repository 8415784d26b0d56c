"""The page on which two administrators let a month of the log of reading go."""

from __future__ import annotations

import pytest
from django.utils import timezone

from linli.kernel.journal import verify
from linli.kernel.people.models import Account
from linli.kernel.vault.models import Purge, ReadEntry
from tests.kernel.people.builders import an_administrator, signed_in
from tests.kernel.vault.old_reads import read_daily

pytestmark = pytest.mark.django_db
LOG = "/desk/reading/log"


@pytest.fixture
def three() -> dict[str, Account]:
    read_daily("requests.text", days=2)
    return {
        role: an_administrator(f"{role}_admin", timezone.now()) for role in ("system", "security", "audit")
    }


def test_one_proposes_another_approves_and_the_month_is_gone(three):
    audit, security = signed_in(three["audit"]), signed_in(three["security"])
    assert "导出这个月，提出清除" in audit.get(LOG).content.decode()
    assert "由审计管理员提出清除" in security.get(LOG).content.decode()

    assert audit.post(f"{LOG}/propose").status_code == 302
    purge = Purge.objects.get()
    own, others = audit.get(LOG).content.decode(), security.get(LOG).content.decode()
    assert ("由安全管理员批准" in own, "批准，清除这个月" in own) == (True, False)
    assert "2022 年 10 月的 6 条查看记录（第 1 到 6 条）已经导出" in others
    assert bytes(purge.sha256).hex() in others
    assert (audit.post(f"{LOG}/{purge.pk}/approve").status_code, ReadEntry.objects.count()) == (403, 6)

    assert security.post(f"{LOG}/{purge.pk}/approve").status_code == 302
    assert (ReadEntry.objects.count(), verify.run().findings) == (0, [])
    assert "已清除" in audit.get(LOG).content.decode()


def test_what_is_refused_says_why_on_the_page(three):
    audit, security = signed_in(three["audit"]), signed_in(three["security"])
    answer = security.post(f"{LOG}/propose")
    assert (answer.status_code, "只有审计管理员能提出清除" in answer.content.decode()) == (403, True)
    audit.post(f"{LOG}/propose")
    purge = Purge.objects.get()
    again = audit.post(f"{LOG}/propose")
    assert (again.status_code, "已经有一个月在等批准" in again.content.decode()) == (409, True)
    assert security.post(f"{LOG}/{purge.pk}/refuse").status_code == 302
    assert "没有批准" in audit.get(LOG).content.decode()
    assert security.post(f"{LOG}/{purge.pk}/remove").status_code == 404
    assert ReadEntry.objects.count() == 6


def test_nobody_else_finds_the_page(three):
    client = signed_in(three["system"])
    purge = "0" * 8 + "-0000-0000-0000-" + "0" * 12
    assert client.get(LOG).status_code == 404
    assert client.post(f"{LOG}/propose").status_code == 404
    assert client.post(f"{LOG}/{purge}/approve").status_code == 404
    assert f'href="{LOG}"' not in client.get("/desk/").content.decode()
    assert f'href="{LOG}"' in signed_in(three["audit"]).get("/desk/reading").content.decode()
