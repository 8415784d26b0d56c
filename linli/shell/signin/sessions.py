"""Sessions in the database, and accounts by id: Django's, asked for with SQL that is made once.

Both are asked at every request of somebody signed in, so that a session or a right
that has ended has ended everywhere.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from linli.foundation.sql import Asked
from linli.foundation.standby import NoStandby
from linli.kernel.people.models import Account

_SESSION = Asked(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now),
    key="an example",
    now=datetime(2000, 1, 1, tzinfo=UTC),
)
_ACCOUNT = Asked(lambda pk: Account.objects.filter(pk=pk), pk=UUID(int=1))


class SessionStore(db.SessionStore):
    """Django's own store but for how a row is found."""

    def _get_session_from_db(self) -> Any:
        found = _SESSION.one(Session, key=self.session_key, now=timezone.now())
        if found is None:
            self._forget()
        return found

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 -- Django's own signature
        """Write it down. Where nothing can be written now, one that is there already stays as it was:
        who is signed in goes on reading, and is out sooner, not later. Nobody new comes in.
        """
        is_new = must_create or self.session_key is None
        try:
            super().save(must_create=must_create)
        except NoStandby:
            if is_new:
                raise

    def _forget(self) -> None:
        """Remove what has run out at sight, so that a clock that is set back does not bring it to life again."""
        run_out = Session.objects.filter(session_key=self.session_key)
        if run_out.exists():
            with suppress(NoStandby):  # it opens nothing meanwhile
                run_out.delete()
        self._session_key = None


class Backend(AuthenticationBackend):
    """allauth's own door but for how an account is found that came in before."""

    def get_user(self, user_id: Any) -> Account | None:
        account = _ACCOUNT.one(Account, pk=user_id)
        return account if account is not None and self.user_can_authenticate(account) else None
