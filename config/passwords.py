"""Password hashing has a lane of its own, so that a storm of sign-ins cannot starve intake.

A hash takes about 0.1 s of a core and 46 MiB. At most ``LANE`` are computed at once in a
process, by a thread that stands back where others want the core; who waits longer than
``PATIENCE`` for it is asked to come again. The entrance lets no more sign in than can be
served in that time, and keeps them from the threads of everybody else (config/lanes.py).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import get_native_id
from typing import TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import Busy

LANE = 1
PATIENCE = 10.0
BEHIND = 5  # how nice that thread is: beside one that answers it has a quarter of a core
# What everybody here could think of, longest first: docs/security.md lists it, a test holds both together.
KNOWN_WORDS = (
    "administrator", "guanliyuan", "password", "zhongguo", "huanying", "tongren", "guizhou", "welcome",
    "jiedao", "passwd", "wangge", "qwerty", "linli", "shequ", "admin", "china", "mima", "abc",
    "居委会", "村委会", "管理员", "邻里", "社区", "网格", "街道", "密码", "欢迎", "铜仁", "贵州", "中国",
)  # fmt: skip
LETTERS_BESIDE = 4
T = TypeVar("T")


def _stand_back() -> None:
    """While it computes a hash, a thread holds nothing that others wait for."""
    if sys.platform == "linux":  # where each thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, get_native_id(), BEHIND)


def _open() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(LANE, thread_name_prefix="hashing", initializer=_stand_back)


class _Lane:
    threads = _open()


def _renew() -> None:
    _Lane.threads = _open()


os.register_at_fork(after_in_child=_renew)  # a forked process has none of its parent's threads


def _in_turn(work: Callable[[], T]) -> T:
    turn = _Lane.threads.submit(work)
    try:
        return turn.result(PATIENCE)
    except TimeoutError:
        if turn.cancel():
            raise Busy(_("现在登录的人太多，请稍等几秒再试。"), retry_after=10) from None
        return turn.result()  # its turn has come


class LanedArgon2(Argon2PasswordHasher):
    """Argon2id with the memory of OWASP's recommended settings and four passes where it asks for one: 0.1 s at least.

    A hash made with less is made anew when its owner signs in.
    """

    time_cost = 4
    memory_cost = 47104
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return _in_turn(partial(super().encode, password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        return _in_turn(partial(super().verify, password, encoded))


class LongEnough(MinimumLengthValidator):
    """Django's own, in a whole Chinese sentence: its catalogue has none for this one."""

    def get_error_message(self) -> str:
        return str(_("密码太短，至少要 %(n)d 位。") % {"n": self.min_length})

    def get_help_text(self) -> str:
        return str(_("密码至少 %(n)d 位。") % {"n": self.min_length})


class NotOurWords:
    """Refuse a password that is little else than words which everybody here knows, with digits and signs."""

    def validate(self, password: str, user: object = None) -> None:
        left = plain = password.casefold()
        for word in KNOWN_WORDS:
            left = left.replace(word, "")
        if left != plain and sum(map(str.isalpha, left)) < LETTERS_BESIDE:
            raise ValidationError(self.get_help_text(), code="password_of_known_words")

    def get_help_text(self) -> str:
        return str(_("密码不要只用大家都知道的词，比如“邻里”“社区”“密码”，再加几个数字。"))
