"""Alibaba Cloud SMS: Dysmsapi 2017-05-25, ``SendSms`` and ``QuerySendDetails``, signature V3.

Signature: https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
The parameters travel in the query, as the API's description says. ``OutId`` carries our
dedupe key. The provider does not dedupe by it but gives it back in the details, so an
attempt of unknown outcome is looked up before the message is sent again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import structlog
from django.conf import settings

from linli.kernel.notices.adapters import wire
from linli.kernel.notices.choices import Channel
from linli.kernel.notices.queries.outgoing import SHANGHAI
from linli.kernel.notices.services import gateways
from linli.kernel.notices.services.gateways import Message, Receipt, Refused, TryLater

log = structlog.get_logger(__name__)

VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
# A variable may have 35 characters; more is refused by the provider.
LONGEST_WORD = 35
# No later attempt can succeed. Everything else may be put right: by time, by a payment, by a setting.
HOPELESS = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
        "isv.SMS_CONTENT_ILLEGAL",
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.INVALID_PARAMETERS",
        "isv.INVALID_JSON_PARAM",
        "isv.MOBILE_COUNT_OVER_LIMIT",
    }
)
# Seconds to wait: one a minute, five an hour, ten a day to one number; an empty balance.
WAITS = {"isv.BUSINESS_LIMIT_CONTROL": 900, "isv.DAY_LIMIT_CONTROL": 3600, "isv.AMOUNT_NOT_ENOUGH": 1800}
SENT_STATES = frozenset({"1", "3"})  # waiting for the receipt, delivered; 2 is failed
PAGE_SIZE = 50
MOST_PAGES = 4


@dataclass(frozen=True, slots=True)
class AliyunSms:
    """``templates`` maps our template to the provider's code and, in order to rename, its variables.

    ``{"request.accept": {"code": "SMS_123456789", "params": {"no": "number", "where": "place"}}}``
    """

    base_url: str
    key_id: str
    key_secret: str
    sign_name: str
    templates: Mapping[str, Mapping[str, Any]]

    def send(self, address: str, message: Message, dedupe_key: str) -> Receipt:
        template = self.templates.get(message.template)
        if template is None:
            raise Refused("no_template")
        params = {
            name: message.words.get(ours, "")[:LONGEST_WORD] for name, ours in template["params"].items()
        }
        answer = self._call(
            "SendSms",
            {
                "PhoneNumbers": address,
                "SignName": self.sign_name,
                "TemplateCode": template["code"],
                "TemplateParam": json.dumps(params, ensure_ascii=False),
                "OutId": dedupe_key,
            },
        )
        return Receipt(str(answer.get("BizId", "")))

    def find(self, address: str, message: Message, dedupe_key: str) -> Receipt | None:
        """Look through the details of the days since the notice was made."""
        days = {when.astimezone(SHANGHAI).strftime("%Y%m%d") for when in (message.made_at, datetime.now(UTC))}
        try:
            return next(
                (Receipt(dedupe_key) for day in sorted(days) if self._has(address, day, dedupe_key)), None
            )
        except Refused as refusal:
            # Without the right to ask, sending twice is the smaller harm.
            log.warning("sms_details_refused", code=refusal.code)
            return None

    def _has(self, address: str, day: str, dedupe_key: str) -> bool:
        asked = {"PhoneNumber": address, "SendDate": day, "PageSize": str(PAGE_SIZE)}
        for page in range(1, MOST_PAGES + 1):
            answer = self._call("QuerySendDetails", asked | {"CurrentPage": str(page)})
            rows = (answer.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
            if any(
                row.get("OutId") == dedupe_key and str(row.get("SendStatus")) in SENT_STATES for row in rows
            ):
                return True
            if len(rows) < PAGE_SIZE:
                break
        return False

    def _call(self, action: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Call one operation and return its answer, or raise what its code means."""
        query = canonical_query(params)
        headers = signed_headers(
            action,
            query,
            host=wire.host_of(self.base_url),
            key_id=self.key_id,
            key_secret=self.key_secret,
            nonce=secrets.token_hex(16),
            at=datetime.now(UTC),
        )
        answer = _parsed(wire.post(self.base_url, f"/?{query}", headers=headers, body=b""))
        code = str(answer.get("Code", ""))
        if code == "OK":
            return answer
        if code in HOPELESS:
            raise Refused(code)
        raise TryLater(
            code or "no_code", doubtful=not code or code.startswith("isp."), wait=WAITS.get(code, 0)
        )


def _parsed(answer: wire.Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError as error:
        raise TryLater(f"http_{answer.status}", doubtful=True) from error
    if not isinstance(found, dict):
        raise TryLater(f"http_{answer.status}", doubtful=True)
    return found


def canonical_query(params: Mapping[str, str]) -> str:
    """Return the parameters sorted and percent-encoded by RFC 3986."""
    return "&".join(f"{quote(name, safe='~')}={quote(params[name], safe='~')}" for name in sorted(params))


def signed_headers(
    action: str,
    query: str,
    *,
    host: str,
    key_id: str,
    key_secret: str,
    nonce: str,
    at: datetime,
    version: str = VERSION,
) -> dict[str, str]:
    """Return the headers of a POST to ``/`` without a body, signed by version 3 of the provider's method."""
    payload = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": payload,
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n{query}\n{lines}\n{names}\n{payload}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return headers | {
        "Authorization": f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
    }


def from_settings() -> AliyunSms | None:
    """Return the gateway of the setting ``SMS``, None where it has no ``base_url``."""
    config = getattr(settings, "SMS", {})
    return _built(json.dumps(config, sort_keys=True)) if config.get("base_url") else None


@lru_cache(maxsize=4)
def _built(config: str) -> AliyunSms:
    return AliyunSms(**json.loads(config))


def register() -> None:
    gateways.register(Channel.SMS, from_settings)
