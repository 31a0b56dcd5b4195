"""The words by which tables and facts are known again when a document is read back."""

from collections.abc import Mapping
from functools import cache

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from reports.setting.typesetting import TEMPLATES


class CellWords(Struct, frozen=True, kw_only=True):
    """Fixed words of cells."""

    topic: str
    rate: str
    this_rule: str
    counted: str
    this_round: str
    lower: str
    upper: str
    lower95: str
    upper95: str
    chance: str
    sure: str
    unsure: str
    needed_above: str
    needed_below: str
    contented_first: str
    revisited: str
    revisit: str
    tipping: str
    below_all: str
    above_all: str
    higher: str
    lower_than: str
    that_round: str
    apart: str
    holm: str
    no_holm: str
    total: str
    by_stage: str
    unknown: str
    schools: str
    short: str
    county_short: str
    exceeds: str
    stage_of: str
    locale_of: str
    move: str
    wide_space: str


class FactWords(Struct, frozen=True, kw_only=True):
    """How facts are written."""

    days: str
    day: str
    until: str
    number: str
    year: str
    county_year: str
    document: str


class ConditionWords(Struct, frozen=True, kw_only=True):
    """What is said of conditions that are met, not met and unknown."""

    preconditions: list[str]
    vetoes: list[str]


class WorkbookWords(Struct, frozen=True, kw_only=True):
    """The workbook's sheet of groups: its name and its head."""

    sheet: str
    head: list[str]


class TableWords(Struct, frozen=True, kw_only=True):
    """Heads of tables by name, and the words in them; `rule` and `dimensions` by the Chinese name."""

    heads: dict[str, list[str]]
    words: CellWords
    conditions: ConditionWords
    dimensions: dict[str, str]
    rule: dict[str, str]
    facts: FactWords
    workbook: WorkbookWords


@cache
def load_table_words() -> TableWords:
    """All of them."""
    return convert(read_toml(TEMPLATES / "checked_tables.toml"), TableWords)


@cache
def name_heads() -> Mapping[tuple[str, ...], str]:
    """Tables by their heads."""
    return {tuple(head): name for name, head in load_table_words().heads.items()}
