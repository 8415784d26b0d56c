from __future__ import annotations

import pytest

from linli.foundation.errors import InvalidInput
from linli.foundation.text import bigrams, clean, mask_name, mask_phone


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  灯不亮 \r\n第二行\r", "灯不亮 \n第二行"),
        ("𠮷野家 龘 🚒 阿·凡提", "𠮷野家 龘 🚒 阿·凡提"),
        ("e\u0301", "é"),
        ("正\u202e常", "正常"),
        ("", ""),
    ],
)
def test_text_is_kept_as_people_wrote_it(given: str, kept: str) -> None:
    assert clean(given, 20) == kept


@pytest.mark.parametrize("given", ["a\x00b", "\ud800", "字" * 21])
def test_what_cannot_be_stored_everywhere_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput):
        clean(given, 20)


def test_twenty_characters_are_twenty_whatever_their_plane() -> None:
    assert clean("𠮷" * 20, 20) == "𠮷" * 20


@pytest.mark.parametrize(
    ("given", "cut"),
    [
        ("玄武湖 A3栋", "玄武 武湖 a3 栋"),
        ("楼。门", "楼 门"),
        ("１２３４５", "12345"),
        ("", ""),
        ("！？", ""),
        ("路灯不亮", "路灯 灯不 不亮"),
    ],
)
def test_chinese_is_cut_into_pairs_and_the_rest_into_words(given: str, cut: str) -> None:
    assert bigrams(given) == cut


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+8613812345678", "+86138****5678"),
        ("86831234", "******34"),
        ("110", "***"),
    ],
)
def test_a_phone_number_shows_too_little_to_call(given: str, shown: str) -> None:
    assert mask_phone(given) == shown


@pytest.mark.parametrize(("given", "shown"), [("欧阳某某", "欧***"), ("某", "某*"), ("", "")])
def test_a_name_shows_its_first_character(given: str, shown: str) -> None:
    assert mask_name(given) == shown
