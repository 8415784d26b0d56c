"""个人信息申请 on one screen: asked, answered by a person within the limit, carried out, and contested once."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.apps.privacy import forms, services
from linli.apps.privacy.choices import State as S  # noqa: N817 -- a table is read by columns
from linli.apps.privacy.rules import (
    another_than_who_answered,
    another_than_who_registered,
    not_contested_yet,
    was_refused_lately,
)
from linli.foundation.flow import NEW, STAY, Flow, Step
from linli.foundation.rules import anyone
from linli.kernel.cases.rules import clock, holder, reporter

officer = holder & another_than_who_registered & another_than_who_answered

# A table is read by columns, so the formatter stays out of it.
# fmt: off
FLOW = Flow(
    "data", _("个人信息申请"),
    states=dict(S.choices), final=[S.CLOSED],
    confidential=True,
    steps=[
        #    step          button                   from            to                        who
        Step("raise",      _("提交申请"),           [NEW],          S.ASKED,                  anyone,
             form=forms.AskForm, service=services.ask, happened=_("提出了申请"), icon="send", weight="main"),
        Step("grant",      _("同意并办理"),         [S.ASKED],      (S.CLOSED, S.RESTRICTED), officer,
             form=forms.GrantForm, service=services.grant, happened=_("同意了申请"), told=True,
             hint=_("删除的，马上删除；没办完的事先限制使用"), icon="tick", weight="main"),
        Step("hold",       _("先限制使用"),         [S.ASKED],      S.RESTRICTED,             officer,
             form=forms.HoldForm, service=services.hold, happened=_("先限制使用，到时删除"), told=True,
             hint=_("有争议或者法律要求保存时，写明理由和日子"), icon="lock"),
        Step("refuse",     _("不同意"),             [S.ASKED],      S.CLOSED,                 officer,
             form=forms.RefuseForm, service=services.refuse, happened=_("没有同意"), told=True,
             hint=_("写明规定、理由、下一步和向谁投诉"), icon="stop", weight="quiet"),
        Step("contest",    _("不同意这个答复"),     [S.CLOSED],     S.ASKED,                  reporter & not_contested_yet & was_refused_lately,
             form=forms.SayForm, service=services.contest, detour=True, happened=_("不同意答复，请上一级再看"), told=True,
             hint=_("由上一级换一个人再看一次"), icon="raise-hand"),
        Step("withdraw",   _("撤回申请"),           [S.ASKED],      S.CLOSED,                 reporter,
             form=forms.MaybeSayForm, service=services.withdraw, detour=True, happened=_("撤回了申请"), icon="back", weight="quiet"),
        Step("supplement", _("补充说明"),           [S.ASKED],      STAY,                     reporter,
             form=forms.SayForm, service=services.supplement, happened=_("补充了说明"), icon="add"),
        Step("complete",   _("到时删除"),           [S.RESTRICTED], S.CLOSED,                 clock,
             service=services.complete, happened=_("不再需要，已经删除")),
        Step("overdue",    _("超期"),               [S.ASKED],      STAY,                     clock,
             service=services.overdue, happened=_("超过答复期限")),
        Step("schedule",   _("补定期限"),           [S.ASKED],      STAY,                     clock,
             service=services.schedule, happened=_("日历公布，期限已定")),
    ],
)
# fmt: on
