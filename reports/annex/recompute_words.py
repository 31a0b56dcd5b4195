"""The words of the workbook that an inspector recomputes with, typed."""

from functools import cache

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from reports.annex.annex_words import TableWords
from reports.setting.typesetting import TEMPLATES


class HeadlineRows(Struct, frozen=True, kw_only=True):
    """The rows below the groups."""

    total: str
    rounded: str
    told: str
    agrees: str


class VariationRows(Struct, frozen=True, kw_only=True):
    """The rows below the schools."""

    mean: str
    sd: str
    cv: str
    told: str
    limit: str
    agrees: str


class RecomputeWords(Struct, frozen=True, kw_only=True):
    """Every Chinese word of the workbook."""

    file: str
    sums: str
    no_sums: str
    withheld: str
    not_counted: str
    same: str
    other: str
    exact: str
    bounds: str
    nothing_to_add: str
    recognition: TableWords
    rows: HeadlineRows
    variations: TableWords
    variation_rows: VariationRows


@cache
def load_recompute_words() -> RecomputeWords:
    """Every Chinese word of the workbook."""
    return convert(read_toml(TEMPLATES / "recompute.toml"), RecomputeWords)
