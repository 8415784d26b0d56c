"""Every state times every step: only what is declared happens. What is declared is written down here by hand."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from django.db import transaction

from linli.foundation.errors import DomainError
from linli.kernel.cases import services
from linli.kernel.cases.models import Case
from linli.kernel.journal import memory
from linli.kernel.journal.models import Stamp
from linli.kernel.journal.queries import history_of
from linli.kernel.rulebook import queries as rulebook
from tests.proofs import actors
from tests.world import TEN, a_world

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # some ten thousand tries

LIVES = "supplement overdue schedule"
GOES_ON = f"{LIVES} protect"
ASIDE = {
    "advised": "contest lapse schedule",
    "asked": f"approve_suspension deny_suspension {GOES_ON}",
    "suspended": f"resume {GOES_ON}",
    "returned": f"redirect withdraw {GOES_ON}",
    "closed": "reopen",
}
SENT = f"accept return escalate withdraw protect {GOES_ON}"
WORK = f"arrive progress escalate ask_suspension resolve protect {GOES_ON}"
NEW = f"refuse withdraw protect {GOES_ON}"
SORTING = {"submitted": f"sort {NEW}", "sorted": f"resort dispatch {NEW}", "advised": ASIDE["advised"]}
UNSORTED = {state: steps for state, steps in ASIDE.items() if state != "advised"}
DECLARED = {
    ("default", "request"): ASIDE | SORTING | {
        "dispatched": SENT, "handling": f"{WORK} whistle finish call_off", "resolved": f"check redo {GOES_ON}",
        "checked": f"reply {GOES_ON}", "replied": "rate lapse schedule",
    },
    ("wanshan", "request"): ASIDE | SORTING | {"dispatched": SENT, "handling": f"{WORK} whistle finish call_off"},
    ("leishan", "request"): UNSORTED | {
        "dispatched": f"{SENT} refuse", "handling": WORK, "replied": "rate lapse schedule",
    },
    ("dejiang", "request"): UNSORTED | {
        "sorted": f"dispatch {NEW}", "dispatched": SENT, "accepted": f"hand_over withdraw {GOES_ON}",
        "handed": f"accept_unit return escalate withdraw {GOES_ON}",
        "to_verify": f"verify arrive progress escalate protect {GOES_ON}", "handling": f"{WORK} whistle finish call_off",
        "checked": f"reply {GOES_ON}",
    },
    ("jianhe", "request"): UNSORTED | {
        "sorted": f"publish {NEW}", "published": f"claim withdraw {GOES_ON}", "dispatched": SENT, "handling": WORK,
        "resolved": f"approve redo {GOES_ON}", "replied": "rate lapse schedule",
    },
    ("default", "protected"): {
        "received": f"accept {LIVES}", "handling": f"progress refer close {LIVES}", "closed": "",
    },
}  # fmt: skip
NEEDS_A_CALL = {"finish", "call_off"}  # their own right: a desk was called by a whistle
SHORTCUTS = {"withdraw", "refuse", "protect", "lapse"}  # ends that lead nowhere else


@pytest.mark.parametrize(("profile", "flow"), DECLARED)
def test_only_declared_steps_happen_and_each_says_who_and_when(profile, flow, settings, figure):
    settings.STAMP_SECONDS = 3600
    declared = {state: set(steps.split()) for state, steps in DECLARED[profile, flow].items()}

    Board(a_world(profile), flow).go_through(declared, figure)


class Board:
    """One world, and a case in whichever state is asked for; every try is taken back."""

    def __init__(self, world, flow):
        self.world, self.flow = world, flow
        self.pick = random.Random(7)
        self.cast = actors.Cast(world, TEN)
        _version, self.compiled = rulebook.profile(flow, world.building.path, TEN.date())
        self.tries = Counter()
        for stamp in Stamp.objects.values_list("name", flat=True):
            memory.forget(stamp)

    def go_through(self, declared, figure):
        """Try every step by everybody in every state: what is declared happens, nothing else does."""
        handed_over = {"received"} if self.flow == "request" else set()  # there it follows the protected flow
        assert self.compiled.states() - handed_over == set(declared)
        for state, steps in declared.items():
            case = self.case_in(state)
            for step in [*self.compiled.flow.steps, "no_such_step"]:
                self.try_all(case, step, is_declared=step in steps)

        what = f"{self.compiled.profile.key}/{self.flow}: states × steps × actors in {len(declared)} states"
        figure(
            "B8", f"{what}, what was not declared", target="0", n=self.tries.total(), floor=50 * len(declared), got=0
        )  # fmt: skip

    def case_in(self, state):
        entry = actors.raising(self.flow, self.world.building.pk, self.pick)
        case = services.open_case(
            flow="request", data=entry, moment=self.cast.moment("stranger", None, TEN)
        ).case
        for step, target in self._way(case.state, state):
            for _attempt in range(40):
                case = Case.objects.get(pk=case.pk)
                who = next(who for who in self.cast.everybody if self._right(step, who, case))
                with transaction.atomic():
                    if self._take(case, step, who).state == target:
                        break
                    transaction.set_rollback(True)
        case = Case.objects.get(pk=case.pk)
        assert case.state == state
        return case

    def _way(self, start, goal):
        """The shortest way over the table, by steps that do not end it."""
        ways = {start: []}
        for state in (queue := [start]):
            for step in self.compiled.steps.values():
                if state in step.sources and step.name not in SHORTCUTS:
                    for target in step.targets:
                        if target not in ways:
                            ways[target] = [*ways[state], (step.name, target)]
                            queue.append(target)
        return ways[goal]

    def _right(self, step, who, case):
        return self.compiled.steps[step].who.allows(self._moment(who, case))

    def _moment(self, who, case):
        return replace(self.cast.moment(who, case, TEN), profile=self.compiled.profile)

    def _take(self, case, step, who):
        # Sent where it likely goes, it never lies at the top at once, where nobody stands above to ask.
        likely = {"dispatch": {}, "hand_over": {"desk": str(self.world.desks["property"].pk)}}
        data = likely[step] if step in likely else actors.usual(step, case, self.pick)
        return services.take(
            case_id=case.pk, step=step, data=data, moment=self._moment(who, case), version=case.version
        )

    def try_all(self, case, step, *, is_declared):
        holder = next(who for who, desk in self.world.desks.items() if desk.pk == case.holder_id)
        few = {holder, "department:water", "reporter", "clock", "stranger", "another_code"}
        who_tries = self.cast.everybody if is_declared else sorted(few)
        answers = {who: self._tried(case, step, who) for who in who_tries}
        self.tries.update(answers.values())
        taken = {who for who, answer in answers.items() if answer == "taken"}
        where = f"{step} in {case.state}"
        assert set(answers.values()) <= {"taken", "NotAllowed", "WrongState"}, f"{where}: {answers}"
        assert bool(taken) == (is_declared and step not in NEEDS_A_CALL), f"{where}: {answers}"
        if step in self.compiled.steps and step != "raise":
            # Who has no right is told so before anything about the state.
            assert answers["stranger"] == answers["another_code"] == "NotAllowed", where
        elif step not in self.compiled.steps:
            assert set(answers.values()) == {"WrongState"}, where
        if is_declared:
            assert "WrongState" not in answers.values(), f"{where}: {answers}"

    def _tried(self, case, step, who):
        fresh = Case.objects.get(pk=case.pk)
        try:
            with transaction.atomic():
                self._take(fresh, step, who)
                event = history_of("case", case.pk).last()
                actor = self._moment(who, fresh).actor
                assert (event.name, event.by_kind, event.by_id, event.at) == (
                    f"{self.flow}.{step}", actor.kind, actor.id, TEN,
                )  # fmt: skip
                transaction.set_rollback(True)
        except DomainError as refusal:
            return type(refusal).__name__
        return "taken"
