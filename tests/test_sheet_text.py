from itertools import combinations
from secrets import token_bytes

import pytest

from survey_app.answering.code_text import ALPHABET
from survey_app.rounds.sheet_text import KeySheet, UnreadableSheetError, read_sheet, write_sheet


def some_sheet() -> KeySheet:
    return KeySheet(number=3, key_mark=token_bytes(5), share=token_bytes(16))


def groups_named(text: str) -> tuple[int, ...]:
    with pytest.raises(UnreadableSheetError) as found:
        read_sheet(text)
    return found.value.groups


def swapped(letters: str, one: int, other: int) -> str:
    changed = list(letters)
    changed[one], changed[other] = changed[other], changed[one]
    return "".join(changed)


def test_ten_groups_of_five_and_read_back_as_people_type_them() -> None:
    sheet = some_sheet()
    text = write_sheet(sheet)
    assert [len(group) for group in text.split("-")] == [5] * 10
    assert read_sheet(text.lower().replace("-", " ").replace("0", "o").replace("1", "l")) == sheet
    assert read_sheet(f"　{text.replace('-', '－')}\n") == sheet


def test_every_wrong_character_is_found_and_its_group_named() -> None:
    letters = write_sheet(some_sheet()).replace("-", "")
    for place, right in enumerate(letters):
        for wrong in set(ALPHABET) - {right}:
            assert groups_named(letters[:place] + wrong + letters[place + 1 :]) == (place // 5 + 1,)


def test_every_swap_inside_a_group_is_found_and_its_group_named() -> None:
    for _ in range(10):
        letters = write_sheet(some_sheet()).replace("-", "")
        for place, other in combinations(range(50), 2):
            if place // 5 == other // 5 and letters[place] != letters[other]:
                assert groups_named(swapped(letters, place, other)) == (place // 5 + 1,)


def test_characters_swapped_between_groups_name_both() -> None:
    letters = write_sheet(some_sheet()).replace("-", "")
    for place, other in combinations(range(50), 2):
        if place // 5 != other // 5 and letters[place] != letters[other]:
            assert groups_named(swapped(letters, place, other)) == (place // 5 + 1, other // 5 + 1)


def test_groups_in_the_wrong_place_are_found_even_where_they_hold_the_same() -> None:
    groups = write_sheet(KeySheet(number=1, key_mark=bytes(5), share=bytes(16))).split("-")
    for place, other in combinations(range(10), 2):
        changed = list(groups)
        changed[place], changed[other] = changed[other], changed[place]
        assert groups_named("-".join(changed)) == (place + 1, other + 1)


def test_a_character_no_sheet_has_names_its_group() -> None:
    letters = write_sheet(some_sheet()).replace("-", "")
    assert groups_named(letters[:7] + "U" + letters[8:]) == (2,)


@pytest.mark.parametrize("text", ["", "ABCDE", "A" * 49, "A" * 51])
def test_what_is_left_out_or_too_much_is_said_by_its_number(text: str) -> None:
    with pytest.raises(UnreadableSheetError) as found:
        read_sheet(text)
    assert found.value.characters == len(text)


def test_groups_of_two_sheets_make_no_sheet() -> None:
    one = write_sheet(some_sheet()).split("-")
    other = write_sheet(some_sheet()).split("-")
    with pytest.raises(UnreadableSheetError) as found:
        read_sheet("-".join([*one[:5], *other[5:]]))
    assert (found.value.groups, found.value.characters) == ((), None)
