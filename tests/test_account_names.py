"""Names of accounts that people take for each other: the second is refused, and told how namesakes have one."""

from collections import Counter

import pytest

from survey_app.core.account_names import GROUPS, find_name_problems


@pytest.mark.parametrize(
    ("there", "new"),
    [
        *[
            ("王己", "王已"),
            ("土国强", "士国强"),
            ("周未", "周末"),
            ("于千", "干于"),
            ("李大明", "李太明"),
            ("田甲", "由申"),
        ],
        *[
            ("高尚", "髙尙"),
            ("王己", "玉巳"),
            ("王小明.1", "王小明l"),
            ("王丨", "王1"),
            ("corner", "comer"),
            ("王.己", "王-已"),
        ],
    ],
)
def test_a_name_that_reads_as_another_is_refused_both_ways(there: str, new: str) -> None:
    for first, second in ((there, new), (new, there)):
        assert find_name_problems(second, [first]) == [
            f"账号名 {second} 与已有的 {first} 看上去一样，请换一个，如在后面写上单位。"
        ]


@pytest.mark.parametrize(
    ("there", "new"),
    [("王己", "王已教育局"), ("王丽", "王莉"), ("王己", "已王"), ("李明", "李大明"), ("张伟", "张伟2")],
)
def test_other_names_are_not_and_namesakes_say_more(there: str, new: str) -> None:
    assert find_name_problems(new, [there]) == []


def test_each_character_stands_in_one_group_of_look_alikes() -> None:
    twice = [letter for letter, times in Counter("".join(GROUPS)).items() if times > 1]
    assert (twice, [group for group in GROUPS if len(group) < 2]) == ([], [])
