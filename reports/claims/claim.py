"""Claims: each sentence with a figure, comparison, superlative, count or title is made from a record of it."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from reports.setting.typesetting import TEMPLATES

What = Literal["figure", "comparison", "superlative", "count", "title"]


class Form(Struct, frozen=True, kw_only=True):
    """How a claim is worded: `text` with blanks, the kind of claim, the table it rests on."""

    what: What
    text: str
    table: str = ""


class Claim(Struct, frozen=True, kw_only=True):
    """One sentence without its full stop: its form by name, and what stands in the blanks, as it is printed."""

    form: str
    said: dict[str, str]

    @property
    def what(self) -> What:
        """The kind of claim."""
        return load_forms()[self.form].what

    @property
    def table(self) -> str:
        """The label of the table that the claim rests on."""
        return load_forms()[self.form].table.format_map(self.said)

    def __str__(self) -> str:
        return load_forms()[self.form].text.format_map(self.said)

    def told(self) -> str:
        """The sentence with its table.

        >>> make_claim("groups_level", count=7, line="85%").told()
        '有结果的7类对象，认可度测得值都不低于85%（见表@groups）'
        """
        return f"{self}（见表@{self.table}）" if self.table else str(self)


@cache
def load_forms() -> Mapping[str, Form]:
    """The forms by name."""
    return convert(read_toml(TEMPLATES / "claims.toml"), dict[str, Form])


def make_claim(form: str, **said: object) -> Claim:
    """A claim of a form; raises KeyError for a form that is not there or a blank that nothing fills.

    >>> str(make_claim("flagged", forms=3))
    '有3份答卷需核实，结果包括这些答卷'
    """
    claim = Claim(form=form, said={name: str(value) for name, value in said.items()})
    str(claim)
    return claim
