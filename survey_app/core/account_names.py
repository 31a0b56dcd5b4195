"""Names of accounts: one way to write each, and none that looks like another."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from pathlib import Path

NAME = re.compile(r"(?=.*[0-9A-Za-z\u3400-\u9fff])[0-9A-Za-z\u3400-\u9fff_.-]{2,40}")
GROUPS: tuple[str, ...] = tuple(tomllib.loads(Path(__file__).with_name("lookalikes.toml").read_text("utf-8"))["groups"])
LOOKALIKES = str.maketrans({letter: group[0] for group in GROUPS for letter in group})
DOTS = re.compile(r"[_.-]")


def write_name(typed: str) -> str:
    """The name as it is kept: full-width letters are the usual ones.

    >>> write_name("ａｄｍｉｎ")
    'admin'
    """
    return unicodedata.normalize("NFKC", typed).strip()


def find_name_problems(name: str, others: Iterable[str]) -> list[str]:
    """What is wrong with a name, a sentence each: letters of other scripts, and what looks like one that is there.

    Two people whose names are, or look, the same have accounts by saying more than the name.

    >>> find_name_problems("Adm1n", ["admin"])
    ['账号名 Adm1n 与已有的 admin 看上去一样，请换一个，如在后面写上单位。']
    """
    if not NAME.fullmatch(name):
        return ["账号名用2到40个汉字、字母、数字、点或横线，不能只有点和横线。"]
    return [
        f"账号名 {name} 与已有的 {other} 看上去一样，请换一个，如在后面写上单位。"
        for other in others
        if other != name and look_of(other) == look_of(name)
    ]


def look_of(name: str) -> str:
    """The same for names that people take for each other."""
    plain = DOTS.sub("", write_name(name).casefold()).replace("rn", "m").replace("vv", "w")
    return plain.translate(LOOKALIKES)
