"""诉求 on one screen: every step, from where to where, who, on which clock; and the protected matters' own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.apps.requests import forms, services
from linli.apps.requests.choices import State as S  # noqa: N817 -- a table is read by columns
from linli.apps.requests.rules import (
    another_than_the_judged,
    another_than_who_asked,
    ended_by_being_done,
    in_the_reporters_own_hand,
    may_approve_completion,
    may_approve_suspension,
    may_claim,
    not_arrived_yet,
    not_contested_yet,
    soon_enough_to_reopen,
    still_time_to_rate,
)
from linli.foundation.flow import NEW, STAY, Flow, Step
from linli.foundation.rules import anyone
from linli.kernel.cases.rules import (
    another_than_the_doer,
    called,
    clock,
    everybody_called_is_done,
    has_desk_above,
    holder,
    reporter,
    somebody_is_called,
)
from linli.kernel.cases.services import KEEP

OPEN = [S.SUBMITTED, S.SORTED, S.PUBLISHED, S.DISPATCHED, S.ACCEPTED, S.HANDED, S.TO_VERIFY, S.HANDLING, S.ASKED,
        S.SUSPENDED, S.RESOLVED, S.CHECKED, S.RETURNED]  # fmt: skip
AT_WORK = [S.HANDLING, S.TO_VERIFY]
EARLY = [S.SUBMITTED, S.SORTED, S.PUBLISHED, S.DISPATCHED, S.ACCEPTED, S.HANDED, S.RETURNED]

# A table is read by columns, so the formatter stays out of it.
# fmt: off
FLOW = Flow(
    "request", _("诉求"),
    states=dict(S.choices), final=[S.CLOSED, S.RECEIVED],
    steps=[
        #    step                 button               from            to                      who
        Step("raise",             _("发送"),           [NEW],          S.SUBMITTED,            anyone,
             form=forms.RaiseForm, service=services.raise_, happened=_("提交了这件事"), icon="send", weight="main"),

        Step("sort",              _("分流"),           [S.SUBMITTED],  (S.SORTED, S.ADVISED),  holder,
             form=forms.SortForm, service=services.sort, switch="sorting", happened=_("分了流"), told=True,
             hint=_("公家事、大家事、自家事"), icon="split", weight="main"),
        Step("resort",            _("重新分流"),       [S.SORTED],     (S.SORTED, S.ADVISED),  holder,
             form=forms.SortForm, service=services.sort, switch="sorting", detour=True, happened=_("重新分了流"),
             told=True, hint=_("改分并写明理由"), icon="split"),
        Step("contest",           _("这不是自家的事"), [S.ADVISED],    S.SUBMITTED,            reporter & not_contested_yet,
             form=forms.WordsForm, service=services.contest, switch="sorting", detour=True, told=True,
             happened=_("提出了不同意见"), hint=_("由上一级的人再看一次"), icon="raise-hand"),

        Step("dispatch",          _("派单"),           [S.SORTED],     S.DISPATCHED,           holder,
             form=forms.DeskForm, service=services.dispatch, switch="dispatching", group="hand",
             happened=_("派给了办理岗位"), hint=_("按类别和地点已选好"), icon="arrow", weight="main"),
        Step("publish",           _("公布待认领"),     [S.SORTED],     S.PUBLISHED,            holder,
             form=forms.NoteForm, service=services.publish, group="hand", happened=_("公布出来，等人认领"),
             hint=_("报到的党员和单位可以认领"), icon="board", weight="main"),
        Step("claim",             _("认领"),           [S.PUBLISHED],  S.HANDLING,             may_claim,
             service=services.claim, group="", happened=_("认领了这件事"), hint=_("先到先得"), icon="hand",
             weight="main"),

        Step("accept",            _("接单"),           [S.DISPATCHED], S.ACCEPTED,             holder,
             service=services.accept, happened=_("接了单"), hint=_("办理期限从现在算起"), icon="tick", weight="main"),
        Step("hand_over",         _("交办给单位"),     [S.ACCEPTED],   S.HANDED,               holder,
             form=forms.RedirectForm, service=services.hand_over, switch="second_acceptance",
             happened=_("交办给单位"), hint=_("单位还要再接一次"), icon="arrow", weight="main"),
        Step("accept_unit",       _("单位接单"),       [S.HANDED],     S.TO_VERIFY,            holder,
             service=services.accept, switch="second_acceptance", happened=_("单位接了单"), icon="tick",
             hint=_("办理期限从现在算起"), weight="main"),
        Step("verify",            _("入户核实"),       [S.TO_VERIFY],  S.HANDLING,             holder,
             form=forms.ProgressForm, service=services.verify, switch="door_verification", clock=KEEP,
             happened=_("入户核实了情况"), told=True, hint=_("先到门口看清楚再办"), icon="door", weight="main"),
        Step("return",            _("退回"),           [S.DISPATCHED, S.HANDED], S.RETURNED,   holder,
             form=forms.ReturnForm, service=services.return_, happened=_("退回，建议换个岗位"),
             hint=_("写明理由和该由谁办"), icon="back"),
        Step("redirect",          _("改派"),           [S.RETURNED],   S.DISPATCHED,           holder,
             form=forms.RedirectForm, service=services.redirect, happened=_("改派给办理岗位"),
             hint=_("新一轮从这里开始"), icon="arrow", weight="main"),

        Step("arrive",            _("到场签到"),       AT_WORK,        STAY,                   (called | holder) & not_arrived_yet,
             service=services.arrive, happened=_("到了现场"), hint=_("只记时间，不记位置"), icon="pin"),
        Step("whistle",           _("吹哨"),           [S.HANDLING],   STAY,                   holder,
             form=forms.WhistleForm, service=services.whistle, switch="whistling", detour=True,
             happened=_("吹哨请单位到场"), hint=_("说清请谁、做什么、几时到"), icon="whistle"),
        Step("finish",            _("报告办完"),       [S.HANDLING],   STAY,                   called,
             form=forms.NoteForm, service=services.finish, switch="whistling", detour=True,
             happened=_("办完了自己那一份"), icon="tick"),
        Step("call_off",          _("撤回吹哨"),       [S.HANDLING],   STAY,                   holder & somebody_is_called,
             form=forms.CallOffForm, service=services.call_off, switch="whistling", detour=True,
             happened=_("撤回了对一个单位的吹哨"), hint=_("请来的单位一直不到，或不用来了"), icon="back", weight="quiet"),
        Step("progress",          _("给反映人回句话"), AT_WORK,        STAY,                   holder,
             form=forms.ProgressForm, service=services.progress, happened=_("说了进展"), told=True,
             hint=_("反映人在查询页能看到"), icon="pen"),
        Step("escalate",          _("上报"),           [S.DISPATCHED, S.HANDED, *AT_WORK], S.DISPATCHED, (holder | clock) & has_desk_above,
             clock="accept", form=forms.NoteForm, service=services.escalate, happened=_("上报到上一级"),
             hint=_("由上一级接着办"), icon="up"),
        Step("ask_suspension",    _("申请挂起"),       [S.HANDLING],   S.ASKED,                holder & has_desk_above, clock=KEEP,
             form=forms.AskSuspensionForm, service=services.ask_suspension, detour=True, happened=_("申请挂起"),
             hint=_("批准前，期限照走；到日子自动恢复"), icon="pause", weight="quiet"),
        Step("approve_suspension", _("同意挂起"),      [S.ASKED],      S.SUSPENDED,            (holder | may_approve_suspension) & another_than_who_asked, clock=KEEP,
             form=forms.ApproveSuspensionForm, service=services.approve_suspension, detour=True, happened=_("同意挂起，期限停走"),
             told=True, hint=_("到日子期限自动接着走"), icon="pause"),
        Step("deny_suspension",   _("不同意挂起"),     [S.ASKED],      S.HANDLING,             (holder | may_approve_suspension) & another_than_who_asked, clock=KEEP,
             form=forms.WordsForm, service=services.deny_suspension, detour=True, happened=_("没有同意挂起"), icon="back"),
        Step("resume",            _("恢复办理"),       [S.SUSPENDED],  S.HANDLING,             holder | clock, clock=KEEP,
             service=services.resume, detour=True, happened=_("恢复办理，期限接着走"), icon="play", weight="main"),

        Step("resolve",           _("办好了"),         [S.HANDLING],   S.RESOLVED,             holder & everybody_called_is_done,
             form=forms.ResolveForm, service=services.resolve, happened=_("办好了"), told=True,
             hint=_("拍照交差，换一个人核查"), icon="camera", weight="main"),
        Step("check",             _("核查"),           [S.RESOLVED],   S.CHECKED,              holder & another_than_the_doer,
             form=forms.NoteForm, service=services.check, switch="checking", group="confirm",
             happened=_("核查过了"), hint=_("看过，确实办好了"), icon="tick", weight="main"),
        Step("approve",           _("审定"),           [S.RESOLVED],   S.CHECKED,              may_approve_completion & another_than_the_doer,
             form=forms.NoteForm, service=services.check, group="confirm", happened=_("社区党组织审定通过"),
             hint=_("审定后才计数"), icon="seal", weight="main"),
        Step("redo",              _("退回重办"),       [S.RESOLVED],   S.HANDLING,             (holder | may_approve_completion) & another_than_the_doer,
             form=forms.WordsForm, service=services.redo, switch="checking", detour=True,
             happened=_("退回重办"), hint=_("写明还差什么"), icon="back"),
        Step("reply",             _("答复"),           [S.CHECKED],    S.REPLIED,              holder,
             form=forms.ReplyForm, service=services.reply, switch="replying", happened=_("答复了反映人"), told=True,
             hint=_("件件有回音"), icon="message", weight="main"),
        Step("rate",              _("提交评价"),       [S.REPLIED],    (S.CLOSED, S.RETURNED), reporter & another_than_the_judged & in_the_reporters_own_hand & still_time_to_rate,
             form=forms.RateForm, service=services.rate, switch="rating", happened=_("评价了这件事"), icon="star",
             weight="main"),
        Step("lapse",             _("到期结束"),       [S.REPLIED, S.ADVISED], S.CLOSED,       clock,
             service=services.lapse, detour=True, happened=_("到期没有评价，自动办结")),
        Step("reopen",            _("还没好"),         [S.CLOSED],     S.RETURNED,             reporter & ended_by_being_done & soon_enough_to_reopen,
             form=forms.WordsForm, service=services.reopen, detour=True, happened=_("反映还没好，重新打开"), told=True,
             hint=_("交给上一级的人再办一轮"), icon="redo"),

        Step("refuse",            _("不予受理"),       [S.SUBMITTED, S.SORTED], S.CLOSED,      holder,
             form=forms.RefuseForm, service=services.refuse, detour=True, happened=_("没有受理"), told=True,
             hint=_("写明原因和该找谁"), icon="stop", weight="quiet"),
        Step("withdraw",          _("撤回"),           EARLY,          S.CLOSED,               reporter & in_the_reporters_own_hand,
             form=forms.NoteForm, service=services.withdraw, detour=True, happened=_("撤回了这件事"), icon="back", weight="quiet"),
        Step("supplement",        _("补照片或话"),     OPEN,           STAY,                   reporter,
             form=forms.SupplementForm, service=services.supplement, happened=_("补充了情况"), icon="add"),
        Step("protect",           _("转专人办理"),     OPEN,           S.RECEIVED,             holder,
             form=forms.WordsForm, service=services.protect, detour=True, happened=_("转给专人办理"),
             hint=_("涉及暴力、伤害或儿童危险时"), icon="shield", weight="quiet"),
        Step("overdue",           _("超期"),           OPEN,           STAY,                   clock,
             service=services.overdue, happened=_("超过期限")),
        Step("schedule",          _("补定期限"),       [*OPEN, S.REPLIED, S.ADVISED], STAY,    clock,
             service=services.schedule, happened=_("日历公布，期限已定")),
    ],
)

PROTECTED = Flow(
    "protected", _("受保护事项"),
    states={S.RECEIVED: _("待专人接"), S.HANDLING: _("专人办理中"), S.CLOSED: _("已办结")}, final=[S.CLOSED],
    confidential=True,
    steps=[
        Step("raise",      _("发送"),           [NEW],        S.RECEIVED, anyone,
             form=forms.RaiseForm, service=services.raise_, happened=_("提交了这件事"), weight="main"),
        Step("accept",     _("专人接"),         [S.RECEIVED], S.HANDLING, holder,
             service=services.accept, happened=_("专人已接手"), icon="shield", weight="main"),
        Step("progress",   _("给反映人回句话"), [S.HANDLING], STAY,       holder,
             form=forms.ProgressForm, service=services.progress, happened=_("说了进展"), told=True, icon="pen"),
        Step("refer",      _("移交专门机关"),   [S.HANDLING], S.CLOSED,   holder,
             form=forms.ReplyForm, service=services.refer, happened=_("移交给专门机关"), told=True, icon="arrow"),
        Step("close",      _("办结"),           [S.HANDLING], S.CLOSED,   holder,
             form=forms.ReplyForm, service=services.reply, happened=_("办结"), told=True, icon="tick", weight="main"),
        Step("supplement", _("补充"),           [S.RECEIVED, S.HANDLING], STAY, reporter,
             form=forms.SupplementForm, service=services.supplement, happened=_("补充了情况"), icon="add"),
        Step("overdue",    _("超期"),           [S.RECEIVED, S.HANDLING], STAY, clock,
             service=services.overdue, happened=_("超过期限")),
        Step("schedule",   _("补定期限"),       [S.RECEIVED, S.HANDLING], STAY, clock,
             service=services.schedule, happened=_("日历公布，期限已定")),
    ],
)
# fmt: on
