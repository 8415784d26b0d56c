"""Signing in: staff by name, password and a second factor; residents by a code to their phone."""

from __future__ import annotations

from linli.shell.signin.adapter import AccountAdapter, MFAAdapter
from linli.shell.signin.sms import register_sender, send_code

__all__ = ["AccountAdapter", "MFAAdapter", "register_sender", "send_code"]
