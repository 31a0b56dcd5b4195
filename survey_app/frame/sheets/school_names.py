"""Schools by what people call them: a full name is its code, a short one is proposed and never assumed."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from survey_app.frame.sheets.meaning import fold


class NameForms(msgspec.Struct, frozen=True, kw_only=True):
    """What may stand before a school's own name, and how ways to write it become one."""

    prefixes: tuple[str, ...]
    forms: tuple[tuple[str, str], ...]


@cache
def load_forms() -> NameForms:
    """The forms of school_names.toml."""
    return msgspec.toml.decode(Path(__file__).with_name("school_names.toml").read_bytes(), type=NameForms)


def find_school(written: str, names: Mapping[str, str]) -> str | None:
    """The code of the one school that is called so in full; `names` by code.

    >>> names = {"P01": "第一小学", "P02": "第二小学"}
    >>> find_school(" 第一小学", names), find_school("一小", names)
    ('P01', None)
    """
    return _only(code for code, name in names.items() if fold(name) == fold(written))


def propose_school(written: str, names: Mapping[str, str]) -> str | None:
    """The code of the one school that may be meant, for a person to confirm.

    >>> names = {"P01": "第一小学", "P02": "青山镇中心小学", "P03": "青山中学"}
    >>> [propose_school(name, names) for name in ("一小", "县第一小学", "黔江区第一小学校", "青山镇中心校", "三小")]
    ['P01', 'P01', 'P01', 'P02', None]
    """
    meant = _short_forms(written)
    return _only(code for code, name in names.items() if meant & _short_forms(name))


def _only(codes: Iterable[str]) -> str | None:
    found = list(codes)
    return found[0] if len(found) == 1 else None


def _short_forms(name: str) -> set[str]:
    """The name in one form, with and without what may stand before it."""
    bare = fold(name)
    starts = {bare, *(re.sub(f"^(?:{prefix})", "", bare, count=1) for prefix in load_forms().prefixes)}
    return {short for start in starts if (short := _shorten(start))}


def _shorten(name: str) -> str:
    for pattern, form in load_forms().forms:
        name = re.sub(pattern, form, name)
    return name
