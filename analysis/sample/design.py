"""The design of a sample (抽样设计): what was drawn at each stage, of how many, with which probability."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group, Mode

ORDER = tuple(DrawnUnit)
Count = Annotated[int, Field(ge=0)]


class DesignError(ValueError):
    """A design that cannot be read; `problems` holds one sentence for each place."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Part(BaseModel):
    """A part of a design: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class DrawStage(Part):
    """One stage: which units, how, and (at the first) `drawn` m_h of the `frame`'s M_h."""

    unit: DrawnUnit
    method: DrawMethod
    frame: Count | None = None
    drawn: Count | None = None


class Selected(Part):
    """A class (or a unit without classes) that came into the sample.

    `probability` is that of the whole unit through all stages above the persons; `classes`: of how many
    classes of its school in the stratum those drawn stand for, where a school was drawn before them.
    """

    unit: str
    class_: str = Field("", alias="class")
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    classes: Annotated[int, Field(ge=1)] | None = None


class DesignStratum(Part):
    """A stratum, its stages from the first to the persons, and the units drawn in it."""

    stratum: str
    stages: tuple[DrawStage, ...]
    units: tuple[Selected, ...] = ()

    @property
    def first(self) -> DrawStage:
        """The stage at which the primary sampling units are drawn."""
        return self.stages[0]

    def draws(self, unit: DrawnUnit) -> bool:
        """Whether units of this kind are drawn at some stage.

        >>> stage = DrawStage(unit=DrawnUnit.PERSON, method=DrawMethod.ALL)
        >>> DesignStratum(stratum="county", stages=(stage,)).draws(DrawnUnit.CLASS)
        False
        """
        return any(stage.unit == unit for stage in self.stages)

    @property
    def is_open(self) -> bool:
        """Whether whoever came was taken: no random sample."""
        return any(stage.method == DrawMethod.OPEN for stage in self.stages)


class GroupDesign(Part):
    """The strata of one group."""

    strata: tuple[DesignStratum, ...]


class Design(Part):
    """How the sample of a survey was drawn; `assumed` where nobody declared it.

    `modes`: the ways beside phones in which enough forms came in to be told, noted at the close.
    """

    rule: str
    seed: str = ""
    groups: dict[Group, GroupDesign]
    assumed: bool = False
    public_codes: tuple[Group, ...] = ()
    modes: tuple[Mode, ...] = ()

    def open_groups(self) -> tuple[str, ...]:
        """The groups that were reached by an open call or a public code, in the order of the vocabulary.

        >>> open_call = DrawStage(unit=DrawnUnit.PERSON, method=DrawMethod.OPEN)
        >>> street = GroupDesign(strata=(DesignStratum(stratum="county", stages=(open_call,)),))
        >>> Design(rule="quality-2024", groups={Group.PUBLIC: street}).open_groups()
        ('public',)
        """
        called = {group for group, own in self.groups.items() if any(stratum.is_open for stratum in own.strata)}
        return tuple(group.value for group in Group if group in called or group in self.public_codes)

    def everyone(self) -> tuple[str, ...]:
        """The groups of which everybody is declared to be invited, in the order of the vocabulary.

        >>> stage = DrawStage(unit=DrawnUnit.PERSON, method=DrawMethod.ALL)
        >>> whole = GroupDesign(strata=(DesignStratum(stratum="county", stages=(stage,)),))
        >>> Design(rule="quality-2024", groups={Group.DEPUTY: whole}).everyone()
        ('deputy',)
        """
        if self.assumed:
            return ()
        whole = {
            group
            for group, own in self.groups.items()
            if all(stage.method == DrawMethod.ALL for stratum in own.strata for stage in stratum.stages)
        }
        return tuple(group.value for group in Group if group in whole and group not in self.public_codes)


def read_design(content: Mapping[str, Any], name: str = "design.json") -> Design:
    """The design a JSON object holds; raises DesignError naming every place that is wrong.

    >>> read_design({"rule": "quality-2024", "groups": {"parent": {"strata": [{"stratum": "a", "stages": []}]}}})
    Traceback (most recent call last):
    analysis.sample.design.DesignError: design.json: groups.parent.a: there is no stage
    """
    try:
        design = Design.model_validate(content)
    except ValidationError as error:
        raise DesignError([_sentence(name, problem) for problem in error.errors()]) from None
    problems = [f"{name}: {problem}" for problem in _contradictions(design)]
    if problems:
        raise DesignError(problems)
    return design


def read_design_file(path: Path) -> Design:
    """The design a file holds; raises DesignError naming every place that is wrong."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DesignError([f"{path.name}: {error}"]) from error
    if not isinstance(content, dict):
        raise DesignError([f"{path.name}: must be an object"])
    return read_design(content, path.name)


def write_design(design: Design) -> dict[str, Any]:
    """The design as plain JSON values; what is not said is left out.

    >>> write_design(Design(rule="quality-2024", seed="7", groups={}))
    {'rule': 'quality-2024', 'seed': '7', 'groups': {}}
    """
    content: dict[str, Any] = design.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return content


def _contradictions(design: Design) -> Iterator[str]:
    for group, strata in design.groups.items():
        names = Counter(stratum.stratum for stratum in strata.strata)
        yield from (f"groups.{group}.{name}: stands {count} times" for name, count in names.items() if count > 1)
        places = Counter((unit.unit, unit.class_) for stratum in strata.strata for unit in stratum.units)
        yield from (f"groups.{group}: {'/'.join(place)} stands twice" for place, count in places.items() if count > 1)
        for stratum in strata.strata:
            yield from (f"groups.{group}.{stratum.stratum}: {problem}" for problem in _stratum_problems(stratum))


def _stratum_problems(stratum: DesignStratum) -> Iterator[str]:
    if not stratum.stages:
        yield "there is no stage"
        return
    kinds = [ORDER.index(stage.unit) for stage in stratum.stages]
    if kinds != sorted(set(kinds)):
        yield "the stages must go from school to class to person"
    first = stratum.first
    if first.frame is not None and first.drawn is not None and first.drawn > first.frame:
        yield f"{first.drawn} drawn of {first.frame}"
    yield from _number_problems(stratum)


def _number_problems(stratum: DesignStratum) -> Iterator[str]:
    """Where units are drawn as such, how many there are must be told, and be the number listed."""
    first = stratum.first
    if first.unit == DrawnUnit.PERSON or first.method == DrawMethod.OPEN:
        return
    if first.frame is None:
        yield "frame, the number of units in the stratum, is missing"
    found = len({(unit.unit, unit.class_ if first.unit == DrawnUnit.CLASS else "") for unit in stratum.units})
    if first.drawn is not None and first.drawn != found:
        yield f"{first.drawn} drawn, but {found} listed"


def _sentence(name: str, problem: Any) -> str:
    place = ".".join(str(step) for step in problem["loc"]) or "file"
    return f"{name}: {place}: {problem['msg']}"
