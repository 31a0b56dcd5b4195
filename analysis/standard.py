"""Standards: indicators, thresholds, the school rule, vetoes and plans, each with its clause (评估标准)."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from analysis.limits import Limit, Operator
from analysis.roadmap import Baseline, Contradiction, Duty, Fact, Milestone, Phase, PolicyNote, Target
from questionnaires.pack import Cited, Pack, PackError, Text, build_pack, read_toml

FOLDER = Path(__file__).parent / "standards"
OVERRIDDEN_BY_ENTRY = ("indicators", "vetoes", "preconditions", "variation", "school_rule")
OVERRIDDEN_WHOLE = ("excluded", "through_school_primary", "split_indicators", "split_ratio", "plausible")
ADDED_UP = ("contradictions", "policy_notes")
NAMING_INDICATORS = (*ADDED_UP, "baseline", "targets", "duties", "milestones")

Kind = Literal["primary", "junior", "nine_year", "twelve_year", "complete_secondary", "point", "special", "vocational"]


class Requirement(Pack):
    """One test of an indicator; without operator and value the county answers it with yes or no.

    `ids`: the ids a county row may carry (default: the indicator's own). `reads`: where the figure comes
    from; for rooms, `value` is how many classes one room may serve. `kinds`: the kinds of school meant.
    """

    title: str = ""
    ids: tuple[Text, ...] = ()
    reads: Literal["county", "music_rooms", "art_rooms", "size", "largest_class", "recognition"] = "county"
    column: Literal["value", "hours"] = "value"
    stage: Literal["primary", "junior", "special", ""] = ""
    kinds: frozenset[Kind] = frozenset()
    operator: Operator | None = None
    value: float | None = None
    unit: str = ""
    room_area: float | None = None
    scope: Literal["nation", "city", "county"] = "nation"
    year: int | None = None
    clause: Text

    @property
    def limit(self) -> Limit | None:
        """The threshold; None where the county answers yes or no."""
        if self.operator is None or self.value is None:
            return None
        return Limit(operator=self.operator, value=self.value, unit=self.unit, clause=self.clause)

    @model_validator(mode="after")
    def _is_measured_or_answered(self) -> Self:
        if (self.operator is None) != (self.value is None):
            raise ValueError("operator and value come together")
        return self


class Measure(Pack):
    """How a school's value is computed: column / pupils * per; `lacks` names the natural unit."""

    column: Text
    per: float
    lacks: Text
    decimals: int


class Indicator(Pack):
    """One indicator; it is met when all its requirements are."""

    dimension: Literal["resources", "guarantee", "quality", "recognition"]
    title: Text
    measure: Measure | None = None
    requires: dict[str, Requirement]

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not self.requires:
            raise ValueError("needs at least one requirement")
        stages = {each.stage for each in self.requires.values() if each.value}
        if self.dimension == "resources" and (self.measure is None or stages != {"primary", "junior"}):
            raise ValueError("a resource indicator needs a measure and a threshold above 0 for both stages")
        return self


class SchoolRule(Pack):
    """How many indicators a school must meet, and what the rest must reach of their thresholds."""

    required: Limit
    remainder: Limit


class VariationLimits(Pack):
    """The largest coefficient of variation between schools."""

    primary: Limit
    junior: Limit


class Excluded(Pack):
    """Schools that the resource indicators leave out."""

    kinds: Cited[frozenset[Kind]]
    points_under: Cited[int]


class Condition(Pack):
    """A precondition, or a veto: met means checked, and nothing found."""

    title: Text
    clause: Text


class Document(Pack):
    """The document a standard restates."""

    number: Text
    issuer: Text
    issued: date | None = None
    basis: tuple[Text, ...] = ()
    note: str = ""


class Standard(Pack):
    """One version of one standard with everything it inherits; a change is a new file."""

    id: Text
    title: Text
    kind: Literal["standard", "targets"] = "standard"
    extends: str = ""
    published: date
    county: str = ""
    target_year: int | None = None
    document: Document
    school_rule: SchoolRule
    variation: VariationLimits
    excluded: Excluded
    through_school_primary: Cited[Literal["counted", "not_counted"]]
    split_indicators: Cited[frozenset[Text]]
    split_ratio: Cited[Annotated[dict[Literal["primary", "junior", "senior"], float], Field(min_length=3)]]
    plausible: Cited[dict[str, tuple[float, float]]]
    indicators: dict[str, Indicator]
    preconditions: dict[str, Condition]
    vetoes: dict[str, Condition]
    contradictions: tuple[Contradiction, ...] = ()
    policy_notes: tuple[PolicyNote, ...] = ()
    baseline: tuple[Baseline, ...] = ()
    targets: tuple[Target, ...] = ()
    duties: tuple[Duty, ...] = ()
    phases: tuple[Phase, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    facts: tuple[Fact, ...] = ()

    def of(self, dimension: str) -> dict[str, Indicator]:
        """The indicators of one dimension, in order."""
        return {key: each for key, each in self.indicators.items() if each.dimension == dimension}

    def threshold(self, indicator: str, stage: str) -> Limit:
        """What a resource indicator demands of a school of one stage."""
        limits = (each.limit for each in self.indicators[indicator].requires.values() if each.stage == stage)
        return next(limit for limit in limits if limit)


def list_standards() -> list[str]:
    """The names of the standards that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def check_standards() -> list[str]:
    """One sentence for every problem of every standard that ships; empty when all is well."""
    problems: list[str] = []
    for name in list_standards():
        try:
            load_standard(name)
        except PackError as error:
            problems += error.problems
    return list(dict.fromkeys(problems))


@cache
def load_standard(name: str) -> Standard:
    """One standard by its file name, e.g. `qianjiang-2020`."""
    return read_standard(FOLDER / f"{name}.toml")


def read_standard(path: Path) -> Standard:
    """Read a standard and those it extends (beside it, or shipped); raises PackError with every problem."""
    content: dict[str, Any] = {}
    problems: list[str] = []
    for file, own in _lineage(path):
        problems += [f"{file.name}: {problem}" for problem in _override_problems(content, own)]
        content = _inherit(content, own)
    problems += [f"{path.name}: {problem}" for problem in _dangling(content)]
    if content.get("id") != path.stem:
        problems.append(f"{path.name}: id: must be the file's name, {path.stem!r}")
    try:
        standard = build_pack(Standard, content, path.name)
    except PackError as error:
        raise PackError(problems + error.problems) from None
    if problems:
        raise PackError(problems)
    return standard


def _lineage(path: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The file and all it extends, the eldest first."""
    files = [(path, read_toml(path))]
    while parent := files[0][1].get("extends"):
        beside = path.with_name(f"{parent}.toml")
        file = beside if beside.exists() else FOLDER / beside.name
        if file in [known for known, _ in files]:
            raise PackError([f"{path.name}: extends: goes round in a circle at {parent!r}"])
        if not file.exists():
            raise PackError([f"{path.name}: extends: there is no standard {parent!r}"])
        files.insert(0, (file, read_toml(file)))
    return files


def _override_problems(parent: dict[str, Any], own: dict[str, Any]) -> Iterator[str]:
    if not parent:
        return
    for key in OVERRIDDEN_BY_ENTRY:
        for entry in sorted(_table(own, key).keys() - _table(parent, key).keys()):
            yield f"{key}.{entry}: the standard it extends has none to override"
    for name, inherited in _table(parent, "indicators").items():
        overriding = _table(_table(_table(own, "indicators"), name), "requires")
        for entry in sorted(overriding.keys() - _table(inherited, "requires").keys()):
            yield f"indicators.{name}.requires.{entry}: the standard it extends has none to override"


def _inherit(parent: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The content of a file over that of its parent; a threshold is replaced whole, clause and all."""
    content = {key: parent[key] for key in OVERRIDDEN_WHOLE if key in parent} | own
    for key in OVERRIDDEN_BY_ENTRY:
        if parent and isinstance(content.get(key, {}), dict):
            content[key] = _table(parent, key) | _table(own, key)
    for name, inherited in _table(parent, "indicators").items():
        if entry := _table(_table(own, "indicators"), name):
            requires = _table(inherited, "requires") | _table(entry, "requires")
            content["indicators"][name] = inherited | entry | {"requires": requires}
    for key in ADDED_UP:
        content[key] = [*parent.get(key, []), *own.get(key, [])]
    return content


def _table(content: dict[str, Any], key: str) -> dict[str, Any]:
    found = content.get(key)
    return found if isinstance(found, dict) else {}


def _dangling(content: dict[str, Any]) -> Iterator[str]:
    indicators = _table(content, "indicators")
    known = set(indicators)
    for entry in indicators.values():
        known.update(*(each.get("ids", ()) for each in _table(entry, "requires").values()))
    for key in NAMING_INDICATORS:
        for place, row in enumerate(content.get(key, [])):
            if row.get("indicator", "") not in {"", *known}:
                yield f"{key}.{place}: there is no indicator {row['indicator']!r}"
    for name in _table(content, "split_indicators").get("value", []):
        if name not in known:
            yield f"split_indicators: there is no indicator {name!r}"
