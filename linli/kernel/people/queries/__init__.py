"""What is known of people: posts in force, desks, roles, and who is looking."""

from __future__ import annotations

from linli.kernel.people.queries.accounts import (
    resident_by_phone,
    same_person,
    setup_is_over,
    vacant_administrator_roles,
)
from linli.kernel.people.queries.desks import DeskRef, Desks, desks
from linli.kernel.people.queries.lists import (
    PostPage,
    desks_under,
    post_under,
    posts_under,
    vacant_desks,
    vacant_under,
)
from linli.kernel.people.queries.organisations import (
    grids_under,
    grids_without_party,
    organisations_above,
    organisations_at,
    party_chain,
)
from linli.kernel.people.queries.posts import (
    PostRef,
    coming_and_in_force,
    holders,
    holders_of_role,
    in_force,
    overseers,
    posts_of,
    shanghai_day,
    titles_by_account,
    titles_of,
)
from linli.kernel.people.queries.roles import RoleDef, role, roles
from linli.kernel.people.queries.viewer import NOBODY_LOOKING, Viewer, looking, viewer_of, with_code

__all__ = [
    "NOBODY_LOOKING",
    "DeskRef",
    "Desks",
    "PostPage",
    "PostRef",
    "RoleDef",
    "Viewer",
    "coming_and_in_force",
    "desks",
    "desks_under",
    "grids_under",
    "grids_without_party",
    "holders",
    "holders_of_role",
    "in_force",
    "looking",
    "organisations_above",
    "organisations_at",
    "overseers",
    "party_chain",
    "post_under",
    "posts_of",
    "posts_under",
    "resident_by_phone",
    "role",
    "roles",
    "same_person",
    "setup_is_over",
    "shanghai_day",
    "titles_by_account",
    "titles_of",
    "vacant_administrator_roles",
    "vacant_desks",
    "vacant_under",
    "viewer_of",
    "with_code",
]
