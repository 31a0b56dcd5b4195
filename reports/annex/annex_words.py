"""The words of the annex, typed: a table that lacks one is named when they are read."""

from functools import cache

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from reports.setting.typesetting import TEMPLATES

Columns = tuple[tuple[str, float], ...]


class TableWords(Struct, frozen=True, kw_only=True):
    """What a table is called, its columns with their widths in characters, and what stands below it."""

    name: str = ""
    title: str = ""
    columns: Columns = ()
    notes: tuple[str, ...] = ()
    number: int = 0


class SchoolsWords(TableWords, frozen=True, kw_only=True):
    """The schools of one stage; the indicators' columns come before `last`."""

    last: Columns
    width: float


class VariationsWords(TableWords, frozen=True, kw_only=True):
    """The coefficients of variation."""

    high: str
    composite: str


class UnmetWords(TableWords, frozen=True, kw_only=True):
    """The ledger of what is short, and to where it is to be lifted."""

    threshold: str
    remainder: str
    optional: str
    open: str
    borderline: str


class ConditionsWords(TableWords, frozen=True, kw_only=True):
    """Preconditions and vetoes; `found` says of a veto what a verdict says of what is wanted."""

    preconditions: str
    vetoes: str
    found: dict[str, str]


class ContradictionsWords(TableWords, frozen=True, kw_only=True):
    """Documents that disagree."""

    policy: str


class GoalsWords(TableWords, frozen=True, kw_only=True):
    """Goals that a plan adds."""

    decides: str
    only_targets: str


class TargetsWords(TableWords, frozen=True, kw_only=True):
    """Targets by year; the years' columns come before `last`."""

    year: str
    width: float
    last: Columns
    schools: str
    percent: str


class MilestonesWords(TableWords, frozen=True, kw_only=True):
    """What else a plan wanted."""

    calendar: str
    computed: str
    phase: str
    until: str


class YearsWords(TableWords, frozen=True, kw_only=True):
    """Two school years side by side."""

    value: str
    before: str
    after: str
    width: float
    change: str
    no_change: str
    statuses: dict[str, str]


class Summaries(Struct, frozen=True, kw_only=True):
    """What a dimension comes to, in one sentence."""

    schools: str
    indicators: str
    recognition: str


class AnnexWords(Struct, frozen=True, kw_only=True):
    """Every Chinese word of the annex that is no value of a closed list."""

    file: str
    source: str
    no_source: str
    self_check: str
    short: str
    requirement: str
    mean: str
    met_schools: str
    none: str
    drivers: int
    numbered: str
    ministry: int
    missing: str
    missing_of_stage: str
    contents: TableWords
    marks: dict[str, str]
    summaries: Summaries
    signs: dict[str, str]
    schools: SchoolsWords
    variations: VariationsWords
    guarantee: TableWords
    quality: TableWords
    indicators: TableWords
    sizes: TableWords
    rooms: TableWords
    unmet: UnmetWords
    met: TableWords
    recognition: TableWords
    conditions: ConditionsWords
    contradictions: ContradictionsWords
    goals: GoalsWords
    targets: TargetsWords
    milestones: MilestonesWords
    years: YearsWords
    indicator_years: TableWords


@cache
def load_annex_words() -> AnnexWords:
    """Every Chinese word of the annex."""
    return convert(read_toml(TEMPLATES / "annex.toml"), AnnexWords)
