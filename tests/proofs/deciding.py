"""Where it is decided who may see and who may do: the files, and the tests that belong to them.

Of a longer file only the functions that decide are named. What is tried together shares one
run of its tests, see ``mutating``.
"""

from __future__ import annotations

from typing import NamedTuple

FEW = tuple[str, ...]


class Group(NamedTuple):
    """``files`` with the functions that decide (none named: all of them), and ``tests`` for all of them."""

    files: dict[str, FEW]
    tests: FEW


CASES = "linli/kernel/cases/"
PEOPLE = "linli/kernel/people/"
DESK = "linli/shell/desk/"

GROUPS: dict[str, Group] = {
    "rules": Group(
        {"linli/foundation/rules.py": (), f"{CASES}rules.py": (), "linli/apps/requests/rules.py": ()},
        ("tests/foundation/test_rules.py", "tests/kernel/cases/test_rules.py", "tests/apps/requests/test_rules.py"),
    ),
    "seeing": Group(
        {
            f"{CASES}queries/seeing.py": (),
            f"{CASES}queries/showing.py": (
                "works_on", "_has_it", "is_complained_about", "may_contact", "may_check", "may_see_photos",
            ),
        },
        ("tests/kernel/cases/test_seeing.py",),
    ),
    "people": Group(
        {f"{PEOPLE}queries/viewer.py": (), f"{PEOPLE}queries/roles.py": ("RoleDef",)},
        ("tests/kernel/people/test_rights.py",),
    ),
    "files": Group(
        {"linli/kernel/files/access.py": (), "linli/kernel/files/views.py": ("_may_see",)},
        ("tests/kernel/files/test_doors.py",),
    ),
    "privacy": Group({"linli/apps/privacy/rules.py": ()}, ("tests/apps/privacy/test_rules.py",)),
    "desk": Group(
        {
            f"{DESK}cards.py": ("may_share", "_may_see_mask"),
            f"{DESK}views/case.py": ("_refuse_others", "_found"),
            f"{DESK}views/reading.py": ("_decides", "_may_decide", "_own", "_waiting"),
            f"{DESK}views/rules.py": ("_may",),
            f"{DESK}queries/ground.py": ("ground_of", "_within"),
            f"{DESK}queries/register.py": ("is_mine", "own_ground"),
            "linli/shell/middleware.py": ("_is_staff", "_is_for_posts"),
            "linli/shell/signin/session.py": (),
        },
        ("tests/shell/test_desk_doors.py",),
    ),
}  # fmt: skip
# Wrongs that no test can find, because nothing becomes different by them; each with why.
NO_DIFFERENCE = {
    f"{CASES}queries/seeing.py _seen_by: Q(pk__in=[]) → Q()": "a reason always follows, and no condition joined to one by | is that one",
    f"{PEOPLE}queries/viewer.py Viewer.holds: desk_id is not None and desk_id in self.desk_ids → desk_id in self.desk_ids": "the desks of a viewer's posts are never None",
    f"{DESK}queries/register.py is_mine: post.path or paths.ROOT → post.path": "every path begins with the empty one",
}
