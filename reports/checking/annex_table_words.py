"""The words by which the tables of the annex and of the dimensions' pages are known again when they are read back."""

from functools import cache

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from reports.setting.typesetting import TEMPLATES


class SheetWords(Struct, frozen=True, kw_only=True):
    """A table: its number in the ministry's annex ("" for the others), its sheet, its title, its fixed columns."""

    number: str = ""
    sheet: str
    title: str
    head: list[str]
    last: list[str] = []


class SheetCells(Struct, frozen=True, kw_only=True):
    """Fixed words of cells and titles."""

    contents: str
    numbered: str
    titled: str
    marked: str
    requirement: str
    mean: str
    met_schools: str
    of_unit: str
    of_year: str
    before: str
    after: str
    high: str
    driver: str
    to_threshold: str
    to_remainder: str
    open: str
    optional: str
    precondition: str
    veto: str
    veto_found: dict[str, str]
    reason: str
    reading: str
    schools: str
    percent: str
    this_rule: str
    no_stage: str
    no_locale: str
    tuned: str
    short: str
    signs: dict[str, str]
    statuses: dict[str, str]


class SummaryForms(Struct, frozen=True, kw_only=True):
    """How a dimension's page says in one sentence what the dimension comes to, as patterns."""

    schools: str
    indicators: str


class AnnexTableWords(Struct, frozen=True, kw_only=True):
    """All of them; `headline` by the name of the row: label and unit."""

    tables: dict[str, SheetWords]
    words: SheetCells
    headline: dict[str, tuple[str, str]]
    summaries: SummaryForms


@cache
def load_annex_table_words() -> AnnexTableWords:
    """All of them."""
    return convert(read_toml(TEMPLATES / "checked_annex.toml"), AnnexTableWords)
