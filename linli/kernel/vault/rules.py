"""What looks like personal data, and what this system never holds.

The second list is the product's stance: not a register of the population and not a
tool for watching. A match is refused when the code is checked (models, rule-set
schemas, catalogue words) and may be asked for at run time (headers of imports).
"""

from __future__ import annotations

import re
from datetime import timedelta

from django.conf import settings

from linli.kernel.vault.fields import Personal

_TOKEN = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")

# Names of columns, as sequences of English words.
PERSONAL = [
    "phone",
    "mobile",
    "telephone",
    "tel",
    "email",
    "wechat",
    "openid",
    "address",
    "surname",
    "nickname",
    "birthday",
    "birth",
    "born",
    "gender",
    "sex",
    "contact",
    "bank_account",
    "real_name",
    "full_name",
    "person_name",
    "first_name",
    "last_name",
    "id_number",
    "id_card",
    "idcard",
    "passport",
    "signature",
]
PERSONAL_LABELS = [
    "姓名",
    "名字",
    "电话",
    "手机",
    "身份证",
    "证件号",
    "住址",
    "地址",
    "门牌",
    "出生",
    "生日",
    "年龄",
    "性别",
    "邮箱",
    "微信",
    "银行账号",
    "联系人",
    "联系方式",
    "监护人",
]
# ``name`` alone is personal only where the model is about people.
PEOPLE = [
    "account",
    "person",
    "resident",
    "member",
    "guardian",
    "reporter",
    "contact",
    "owner",
    "tenant",
    "volunteer",
    "mediator",
    "visitor",
    "user",
]

NEVER = [
    "face",
    "face_template",
    "face_id",
    "fingerprint",
    "voiceprint",
    "gait",
    "iris",
    "biometric",
    "religion",
    "faith",
    "ethnic",
    "ethnicity",
    "political",
    "party_member",
    "petitioner",
    "petition_history",
    "sexual",
    "orientation",
    "hiv",
    "psychiatric",
    "mental_illness",
    "criminal",
    "conviction",
    "credit_score",
    "address_book",
    "chat_log",
    "friend",
    "friends",
    "visited_by",
    "bank_card",
    "card_number",
    "id_photo",
    "risk_score",
    "stability_score",
    "stability",
    "obedience",
    "blacklist",
    "black_list",
    "color_label",
    "colour_label",
    "suspicious",
    "car_plate",
    "plate_trail",
    "trail",
    "trajectory",
    "whereabouts",
    "location_history",
    "diagnosis",
    "relatives_background",
    "voice_template",
    "camera_trail",
    "door_log",
    "entry_log",
    "plate_log",
    "phone_location",
    "political_status",
    "belief",
    "petitions_made",
    "health_label",
    "criminal_record",
    "contact_list",
    "friend_list",
    "visitors_of",
    "id_copy",
    "behaviour_score",
    "behavior_score",
    "trust_score",
    "social_credit",
    "grey_list",
    "watch_list",
    "watchlist",
]
NEVER_WORDS = [
    "人脸",
    "指纹",
    "声纹",
    "步态",
    "虹膜",
    "门禁记录",
    "出入记录",
    "车辆轨迹",
    "行动轨迹",
    "活动轨迹",
    "行踪",
    "宗教",
    "政治面貌",
    "政治观点",
    "政治立场",
    "是否党员",
    "上访户",
    "上访史",
    "信访史",
    "缠访",
    "性取向",
    "艾滋",
    "精神病",
    "精神障碍",
    "犯罪记录",
    "前科",
    "刑满",
    "信用分",
    "征信",
    "通讯录",
    "聊天记录",
    "好友列表",
    "交往人员",
    "来往人员",
    "银行卡号",
    "身份证照片",
    "身份证复印件",
    "风险评分",
    "风险人员",
    "稳定评分",
    "稳控",
    "服从度",
    "重点人员",
    "重点人口",
    "黑名单",
    "政审",
    "亲属政治",
    "可疑人员",
    "红黄绿",
    "人员标签",
    "面部特征",
    "人像比对",
    "声音特征",
    "车牌识别",
    "过车记录",
    "手机定位",
    "定位轨迹",
    "信仰情况",
    "党员标记",
    "政治倾向",
    "信访次数",
    "上访次数",
    "性别取向",
    "刑事记录",
    "违法记录",
    "信用等级",
    "微信好友",
    "走动对象",
    "身份证扫描",
    "银行卡照片",
    "人员危险",
    "危险评分",
    "听话程度",
    "管控人员",
    "稳控人员",
    "红名单",
    "灰名单",
    "家庭成分",
    "家属政治",
    "形迹可疑",
    "涉稳",
]
NEVER_ALONE = frozenset(["民族", "信仰", "党员", "轨迹", "诊断", "病史", "前科", "好友", "可疑"])


def kept_for(declared: Personal) -> timedelta:
    """Return how long a kind of value is kept after its matter is closed: as declared, or shorter by setting."""
    return min(
        declared.retention, timedelta(days=settings.RETENTION.get(declared.code, declared.retention.days))
    )


def looks_personal(model: str, name: str, label: str) -> bool:
    """Would a reader take this column for somebody's personal data?"""
    tokens = _tokens(name)
    about_people = any(word in _tokens(model) for word in PEOPLE)
    return (
        (about_people and tokens in (["name"], ["age"]))
        or any(_holds(tokens, word) for word in PERSONAL)
        or any(word in label for word in PERSONAL_LABELS)
    )


def never_collected(text: str) -> str:
    """Return the word of the never-collected list that ``text`` holds, or ""."""
    stripped = text.strip()
    if stripped in NEVER_ALONE:
        return stripped
    found = [word for word in NEVER_WORDS if word in stripped]
    tokens = _tokens(stripped)
    found += [word for word in NEVER if _holds(tokens, word)]
    return found[0] if found else ""


def _tokens(name: str) -> list[str]:
    return [token.lower() for token in _TOKEN.findall(name)]


def _holds(tokens: list[str], word: str) -> bool:
    wanted = word.split("_")
    return any(tokens[i : i + len(wanted)] == wanted for i in range(len(tokens) - len(wanted) + 1))
