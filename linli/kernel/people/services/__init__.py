"""What can be done with people: accounts, appointments, desks, codes."""

from __future__ import annotations

from linli.kernel.people.services.accounts import (
    add_staff,
    check_is_over,
    deactivate,
    end_sessions,
    forget_password,
    invite,
    join,
    note_password,
)
from linli.kernel.people.services.appointments import appoint, confirm_post, end_post, replace_holder
from linli.kernel.people.services.codes import forget_phone_codes, new_phone_code, try_phone_code
from linli.kernel.people.services.desks import add_desk, add_organisation, close_desk, follow_places
from linli.kernel.people.services.entering import SIGN_IN, new_setup_token, resident_by_code, set_up
from linli.kernel.people.services.own import CHANGE_PHONE, HOLDER, change_phone, close_own

__all__ = [
    "CHANGE_PHONE",
    "HOLDER",
    "SIGN_IN",
    "add_desk",
    "add_organisation",
    "add_staff",
    "appoint",
    "change_phone",
    "check_is_over",
    "close_desk",
    "close_own",
    "confirm_post",
    "deactivate",
    "end_post",
    "end_sessions",
    "follow_places",
    "forget_password",
    "forget_phone_codes",
    "invite",
    "join",
    "new_phone_code",
    "new_setup_token",
    "note_password",
    "replace_holder",
    "resident_by_code",
    "set_up",
    "try_phone_code",
]
