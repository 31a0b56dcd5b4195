"""Codes as people copy them from paper: read in any common way, and where one is wrong, told which part."""

from itertools import pairwise
from secrets import token_bytes

import pytest

from survey_app.answering.checked_groups import ALPHABET, LOOKALIKES
from survey_app.answering.code_text import clean_code, group_code, new_code, new_short_code, read_code

CODE = new_code(lambda n: bytes(range(7, 7 + n)))
SHORT = new_short_code(lambda n: bytes(range(n)))
NOUGHTS = new_code(bytes)


def test_a_code_is_four_checked_groups_for_80_bits() -> None:
    assert len(CODE) == 20
    assert {new_code(lambda n, at=at: (1 << at).to_bytes(n, "big")) for at in range(80)}.isdisjoint({NOUGHTS})
    assert len({new_code(lambda n, at=at: (1 << at).to_bytes(n, "big")) for at in range(80)}) == 80


@pytest.mark.parametrize("code", [CODE, NOUGHTS, new_code(token_bytes)], ids=["made", "noughts", "drawn"])
def test_any_single_wrong_character_is_found_and_its_group_named(code: str) -> None:
    for at, right in enumerate(code):
        if "Q" in code[at // 5 * 5 : at // 5 * 5 + 5]:
            continue  # a Q may stand for a nought, so that one mistake in 32 beside a Q is read as another code
        for wrong in set(ALPHABET) - {right, "Q"}:
            assert read_code(code[:at] + wrong + code[at + 1 :]).groups == (at // 5 + 1,)


@pytest.mark.parametrize("code", [CODE, new_code(token_bytes)], ids=["made", "drawn"])
def test_any_swap_of_neighbours_or_of_two_groups_is_found_and_named(code: str) -> None:
    """Beside a Q, which may stand for a nought, one swap in 32 is read as another code."""
    for at, (first, second) in enumerate(pairwise(code)):
        if first != second and (at + 1) % 5 and "Q" not in code[at // 5 * 5 : at // 5 * 5 + 5]:
            assert read_code(code[:at] + second + first + code[at + 2 :]).groups == (at // 5 + 1,)
    assert read_code(code[5:10] + code[:5] + code[10:]).groups == (1, 2)


def test_any_wrong_digit_and_any_swap_of_a_short_code_is_found() -> None:
    for at, right in enumerate(SHORT):
        for wrong in set("0123456789") - {right}:
            assert not clean_code(SHORT[:at] + wrong + SHORT[at + 1 :])
    for at, (first, second) in enumerate(pairwise(SHORT)):
        if first != second:
            assert not clean_code(SHORT[:at] + second + first + SHORT[at + 2 :])


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        group_code(CODE),
        "-".join(group_code(CODE).split()),
        f"  {group_code(CODE)}\n",
        f"答题码：{group_code(CODE)}",
        f"「答题码：{group_code(CODE)}」",
        f"请在12月1日前填写，答题码: {CODE}，谢谢",
        f"https://survey.example.cn/q/{CODE}",
        f"http://192.168.1.5:8000/q/{CODE.lower()}?lang=en#virtue_1",
        f"家长您好 https://survey.example.cn/q/{CODE} 11月30日截止",
        "".join(chr(ord(letter) + 0xFEE0) for letter in CODE),
    ],
)
def test_a_code_may_be_typed_or_pasted_in_any_common_way(typed: str) -> None:
    assert clean_code(typed) == CODE


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("0", "OoQq〇О०"[:5] + "О"),
        ("1", "IiLl|｜丨"),
        ("A", "АΑ"), ("B", "ВΒ"), ("C", "С"), ("E", "ЕΕ"), ("H", "НΗ"), ("K", "КΚ"), ("M", "МΜ"), ("P", "РΡ"),
        ("T", "ТΤ"), ("X", "ХΧ"), ("Y", "УΥ"),
    ],
)  # fmt: skip
def test_what_looks_like_a_character_is_read_as_it(printed: str, typed: str) -> None:
    code = next(code for code in (new_code(token_bytes) for _ in range(9999)) if printed in code and "Q" not in code)
    for twin in typed:
        assert clean_code(code.replace(printed, twin)) == code


def test_codes_that_were_issued_before_stay_valid() -> None:
    assert clean_code("abcd efgh-jkmn oi23") == "ABCDEFGHJKMN0123".translate(LOOKALIKES)
    assert clean_code("１２３４ 567o") == "12345670"


@pytest.mark.parametrize(
    ("typed", "characters", "wanted"),
    [("", 0, 20), (CODE[:-1], 19, 20), (f"{CODE}A", 21, 20), ("1234567", 7, 9), ("甲" * 16, 16, 20), ("ABC", 3, 20)],
)
def test_how_many_characters_are_there_is_told(typed: str, characters: int, wanted: int) -> None:
    read = read_code(typed)
    assert (read.code, read.characters, read.wanted, read.groups) == ("", characters, wanted, ())
