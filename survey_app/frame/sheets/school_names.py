"""Schools by what people call them: a full name is its code, a short one is proposed and never assumed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
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


@dataclass(frozen=True, kw_only=True)
class SchoolNames:
    """What the schools of a county are called, by code: each by its full name, and by its 标识码 where it has one.

    >>> schools = SchoolNames(names={"P01": "第一小学", "P02": "第二小学"}, moe_codes={"P01": "2150012345"})
    >>> [schools.find(written) for written in (" 第一小学", "215001２345", "P01", "一小")]
    ['P01', 'P01', None, None]
    >>> [schools.propose(written) for written in ("一小", "县第一小学", "p01", "P1", "P01", "三小")]
    ['P01', 'P01', 'P01', 'P01', None, None]
    """

    names: Mapping[str, str]
    moe_codes: Mapping[str, str] = field(default_factory=dict)

    def find(self, written: str) -> str | None:
        """The code of the one school that is called so in full, or has this 标识码; None also for a code itself."""
        if written in self.names:
            return None
        return self._by_full_name.get(fold(written))

    def find_all(self, written: Iterable[str]) -> dict[str, str]:
        """Of these texts those that name a school, with its code."""
        return {text: code for text in written if (code := self.find(text)) is not None}

    def propose(self, written: str) -> str | None:
        """The code of the one school that may be meant, for a person to confirm."""
        if not written or written in self.names or self.find(written):
            return None
        same = _only(code for code in self.names if _plain_code(code) == _plain_code(written))
        return same or propose_school(written, self.names)

    def propose_all(self, written: Iterable[str]) -> dict[str, str]:
        """Of these texts those that may mean a school, with its code."""
        return {text: code for text in written if (code := self.propose(text)) is not None}

    def describe(self, written: str, code: str) -> dict[str, str]:
        """The blanks of a sentence that proposes a school."""
        return {"written": written, "school": self.names[code], "code": code}

    @cached_property
    def _by_full_name(self) -> dict[str, str]:
        found = dict[str, list[str]]()
        for code, name in (*self.names.items(), *self.moe_codes.items()):
            if fold(name):
                found.setdefault(fold(name), []).append(code)
        return {name: codes[0] for name, codes in found.items() if len(set(codes)) == 1}


def propose_school(written: str, names: Mapping[str, str]) -> str | None:
    """The code of the one school that may be meant, for a person to confirm.

    >>> names = {"P01": "第一小学", "P02": "青山镇中心小学", "P03": "青山中学"}
    >>> [propose_school(name, names) for name in ("一小", "县第一小学", "黔江区第一小学校", "青山镇中心校", "三小")]
    ['P01', 'P01', 'P01', 'P02', None]
    """
    meant = _short_forms(written)
    return _only(code for code, name in names.items() if meant & _short_forms(name))


def _plain_code(code: str) -> str:
    """A code without the zeros before its numbers, in one case and width."""
    return re.sub("(?<![0-9])0+(?=[0-9])", "", fold(code))


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
