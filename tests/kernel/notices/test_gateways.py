from __future__ import annotations

from datetime import UTC, datetime

import pytest

from linli.kernel.notices import services
from linli.kernel.notices.adapters import aliyun_sms, wire
from linli.kernel.notices.choices import Channel, State
from linli.kernel.notices.models import Notice
from linli.kernel.notices.services.gateways import Message, Refused, TryLater
from tests.kernel.notices.builders import NOON, OPENID, PHONE, only, told
from tests.kernel.notices.providers import KEY_ID, KEY_SECRET, Sms, WeChat

MESSAGE = Message("request.accept", {"number": "7", "where": "花果园" * 20}, "…", datetime.now(UTC))


@pytest.mark.parametrize(
    ("date", "nonce", "signature"),
    [
        (
            "2023-10-26T10:22:32+00:00",
            "3156853299f313e23d1673dc12e1703d",
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
        (
            "2023-10-26T09:01:01+00:00",
            "d410180a5abf7fe235dd9b74aca91fc0",
            "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804",
        ),
    ],
)
def test_the_signature_is_that_of_the_providers_published_examples(
    date: str, nonce: str, signature: str
) -> None:
    query = aliyun_sms.canonical_query(
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    )

    headers = aliyun_sms.signed_headers(
        "RunInstances",
        query,
        host="ecs.cn-shanghai.aliyuncs.com",
        key_id="YourAccessKeyId",
        key_secret="YourAccessKeySecret",
        nonce=nonce,
        at=datetime.fromisoformat(date),
        version="2014-05-26",
    )

    assert headers["Authorization"].endswith(f",Signature={signature}")


def an_sms_gateway(provider: Sms, secret: str = KEY_SECRET) -> aliyun_sms.AliyunSms:
    templates = {"request.accept": {"code": "SMS_1", "params": {"no": "number", "where": "where"}}}
    return aliyun_sms.AliyunSms(provider.base_url, KEY_ID, secret, "邻里 测试*~", templates)


def test_every_parameter_of_send_sms_arrives_as_documented(sms: Sms) -> None:
    receipt = an_sms_gateway(sms).send(PHONE, MESSAGE, "out-1")

    request = sms.requests[0]
    assert receipt.id == "biz-1"
    assert (request["method"], request["path"], request["body"]) == ("POST", "/", b"")
    assert request["query"] == {
        "PhoneNumbers": PHONE,
        "SignName": "邻里 测试*~",
        "TemplateCode": "SMS_1",
        "TemplateParam": '{"no": "7", "where": "' + "花果园" * 11 + '花果"}',
        "OutId": "out-1",
    }
    assert sms.faults == []


def test_a_wrong_secret_is_found_out_by_the_provider(sms: Sms) -> None:
    with pytest.raises(TryLater, match="SignatureDoesNotMatch"):
        an_sms_gateway(sms, "wrong").send(PHONE, MESSAGE, "out-1")

    assert (sms.faults, sms.shown) == (["signature"], [])


def test_details_are_looked_through_page_by_page(sms: Sms) -> None:
    sms.shown = [(PHONE, f"out-{number}", {}) for number in range(120)]
    gateway = an_sms_gateway(sms)

    assert gateway.find(PHONE, MESSAGE, "out-119").id == "out-119"
    assert gateway.find(PHONE, MESSAGE, "out-500") is None
    assert gateway.find("19900000001", MESSAGE, "out-1") is None


def test_an_unknown_template_is_refused_before_anything_is_sent(sms: Sms) -> None:
    with pytest.raises(Refused, match="no_template"):
        an_sms_gateway(sms).send(PHONE, Message("other", {}, "…", NOON), "out-1")
    assert sms.requests == []


@pytest.mark.parametrize(
    ("word", "code", "doubtful"),
    [
        ("hang", "no_answer", True),
        ("reset", "no_answer", True),
        ("lost", "no_answer", True),
        ("drip", "no_answer", True),
        ("garbage", "http_200", True),
        ("500", "http_500", True),
        ("isp.SYSTEM_ERROR", "isp.SYSTEM_ERROR", True),
        ("isv.AMOUNT_NOT_ENOUGH", "isv.AMOUNT_NOT_ENOUGH", False),
    ],
)
def test_what_is_not_known_to_have_failed_is_doubtful(sms: Sms, word: str, code: str, doubtful: bool) -> None:
    sms.script = [word]

    with pytest.raises(TryLater) as delay:
        an_sms_gateway(sms).send(PHONE, MESSAGE, "out-1")

    assert (delay.value.code, delay.value.doubtful) == (code, doubtful)


def test_nothing_sent_is_nothing_doubtful() -> None:
    with pytest.raises(TryLater) as delay:
        wire.post("http://127.0.0.1:9", "/", headers={}, body=b"")

    assert (delay.value.code, delay.value.doubtful) == ("unreachable", False)


@pytest.mark.django_db
def test_wechat_gets_a_token_once_and_the_words_cut_to_their_kind(wechat: WeChat) -> None:
    told(channels=["wechat"])
    told(channels=["wechat"], dedupe_key="2", params={"number": "8", "where": "y" * 40})

    services.send_due(NOON)

    assert only_states() == [(State.SENT, ""), (State.SENT, "")]
    assert wechat.shown == [
        (OPENID, "T1", {"thing1": {"value": ""}, "character_string2": {"value": "0603-0000386-4"}}),
        (OPENID, "T1", {"thing1": {"value": "y" * 20}, "character_string2": {"value": "8"}}),
    ]
    assert wechat.tokens_given == 1


def only_states() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("id").values_list("state", "why"))


@pytest.mark.django_db
def test_a_stale_token_is_asked_for_anew_once(wechat: WeChat) -> None:
    told(channels=["wechat"])
    services.send_due(NOON)
    wechat.token = "token-2"
    told(channels=["wechat"], dedupe_key="2")

    services.send_due(NOON)

    assert only_states() == [(State.SENT, ""), (State.SENT, "")]
    assert wechat.tokens_given == 2


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["43101", "40003", "47003"])
def test_wechat_is_not_asked_again_by_whom_it_was_refused(wechat: WeChat, code: str) -> None:
    wechat.script = [code]
    told(channels=["wechat"])

    services.send_due(NOON)

    notice = only(Channel.WECHAT)
    assert (notice.state, notice.why, notice.attempts) == (State.DEAD, code, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "seconds", "doubtful"), [("45009", 3600, False), ("-1", 30, True), ("45999", 30, False)]
)
def test_wechat_is_given_time(wechat: WeChat, code: str, seconds: int, doubtful: bool) -> None:
    wechat.script = [code]
    told(channels=["wechat"])

    services.send_due(NOON)

    notice = only(Channel.WECHAT)
    assert (notice.state, notice.why, notice.doubtful) == (State.WAITING, code, doubtful)
    assert seconds <= (notice.next_at - NOON).total_seconds() <= seconds * 1.2
