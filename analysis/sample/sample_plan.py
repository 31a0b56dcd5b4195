"""The sample as it is proposed and as an office changes it: for each stratum what is drawn, of how many, and why."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from questionnaires.vocabulary import DrawMethod, DrawnUnit

DRAWN_METHODS = (DrawMethod.SRS, DrawMethod.SYSTEMATIC, DrawMethod.PPS)
CHANGEABLE = ("method", "draw_schools", "draw_classes", "draw_people")
"""What an office may change in a stratum, with a reason."""


class SampleStratum(Struct, frozen=True, kw_only=True):
    """One stratum (层) of a group: what is there, what the rule asks of it, and what is drawn.

    `people`, `schools` and `classes` are those of the frame; `target` the forms asked for, `slips` the people to
    invite for them at the expected return. `method` draws the first stage: schools, classes or persons
    (`stage`). `draw_classes` counts all classes, where schools are drawn before them those in each school;
    `draw_people` those invited in each class (0: everyone), where persons are drawn all of the stratum.
    `reason` is why an office changed it.
    """

    group: str
    stratum: str
    stage: DrawnUnit
    method: DrawMethod
    people: int
    schools: int
    classes: int
    target: int
    slips: int
    draw_schools: int = 0
    draw_classes: int = 0
    draw_people: int = 0
    reason: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Group and stratum."""
        return self.group, self.stratum


class SamplePlan(Struct, frozen=True, kw_only=True):
    """A proposed sample: its strata, and in which of them each row of the frame lies ("": a group nobody asks)."""

    rule: str
    population: int
    return_rate: float
    strata: tuple[SampleStratum, ...]
    rows: tuple[str, ...] = ()


class Fault(Struct, frozen=True, kw_only=True):
    """What is wrong with a change: `kind` is a name of the words for faults; `most` its limit."""

    kind: str
    group: str
    stratum: str
    most: int = 0


def apply_changes(plan: SamplePlan, changes: Sequence[SampleStratum]) -> tuple[SamplePlan, list[Fault]]:
    """The plan with an office's numbers, and everything that is wrong with them.

    A change names its stratum and says why; of the rest only CHANGEABLE is read. Lines that change nothing are
    passed over, so that a whole table can be given back.

    >>> line = SampleStratum(group="parent", stratum="1-3/town", stage=DrawnUnit.CLASS, method=DrawMethod.SRS,
    ...     people=800, schools=4, classes=20, target=40, slips=70, draw_classes=2)
    >>> plan = SamplePlan(rule="quality-2024", population=1, return_rate=0.6, strata=(line,))
    >>> [fault.kind for fault in apply_changes(plan, [replace(line, draw_classes=21)])[1]]
    ['reason', 'classes']
    """
    strata = {line.key: line for line in plan.strata}
    faults: list[Fault] = []
    for change in changes:
        proposed = strata.get(change.key)
        if proposed is None:
            faults.append(Fault(kind="unknown", group=change.group, stratum=change.stratum))
        elif changed := _changed(proposed, change):
            faults += _check_change(proposed, changed)
            strata[change.key] = changed
    return replace(plan, strata=tuple(strata.values())), faults


def list_changes(proposed: SamplePlan, chosen: SamplePlan) -> list[tuple[SampleStratum, SampleStratum]]:
    """The strata that an office changed: as proposed, and as chosen."""
    pairs = zip(proposed.strata, chosen.strata, strict=True)
    return [(before, after) for before, after in pairs if before != after]


def _changed(proposed: SampleStratum, change: SampleStratum) -> SampleStratum | None:
    """The proposed stratum with the change's numbers; None when they are the same."""
    changed = replace(
        proposed,
        method=change.method,
        draw_schools=change.draw_schools,
        draw_classes=change.draw_classes,
        draw_people=change.draw_people,
    )
    unnamed = proposed.stage == DrawnUnit.PERSON and not change.draw_people
    if changed.method not in DRAWN_METHODS and (changed.method != proposed.method or unnamed):
        changed = _take_everyone(changed)
    if changed == proposed:
        return None
    return replace(changed, reason=change.reason.strip())


def _take_everyone(line: SampleStratum) -> SampleStratum:
    """The stratum with every school, class and person of it; an open call knows no classes."""
    whole = replace(line, draw_schools=0, draw_classes=0, draw_people=line.people)
    if line.stage == DrawnUnit.PERSON or line.method == DrawMethod.OPEN:
        return replace(whole, stage=DrawnUnit.PERSON)
    return replace(whole, stage=DrawnUnit.CLASS, draw_classes=line.classes, draw_people=0)


def _check_change(proposed: SampleStratum, changed: SampleStratum) -> list[Fault]:
    limits = {
        "schools": (changed.draw_schools, proposed.schools, proposed.stage == DrawnUnit.SCHOOL),
        "classes": (changed.draw_classes, proposed.classes, proposed.stage != DrawnUnit.PERSON),
        "people": (changed.draw_people, proposed.people, proposed.stage == DrawnUnit.PERSON),
    }
    kinds = [*([] if changed.reason else ["reason"]), *_misused(proposed, changed)]
    faults = [Fault(kind=kind, group=changed.group, stratum=changed.stratum) for kind in kinds]
    if changed.method not in DRAWN_METHODS:
        return faults
    outside = [
        Fault(kind=kind, group=changed.group, stratum=changed.stratum, most=most)
        for kind, (drawn, most, asked) in limits.items()
        if asked and not 1 <= drawn <= most
    ]
    return [*faults, *outside, *_lonely(changed)]


def _lonely(changed: SampleStratum) -> list[Fault]:
    """A single school or class of several shows no spread between them."""
    drawn = {DrawnUnit.SCHOOL: changed.draw_schools, DrawnUnit.CLASS: changed.draw_classes}.get(changed.stage, 0)
    there = changed.schools if changed.stage == DrawnUnit.SCHOOL else changed.classes
    if drawn != 1 or there < 2:
        return []
    return [Fault(kind="lonely", group=changed.group, stratum=changed.stratum)]


def _misused(proposed: SampleStratum, changed: SampleStratum) -> Iterator[str]:
    """Where the method does not fit the stratum, or a number not the method."""
    persons = changed.stage == DrawnUnit.PERSON
    if changed.method == DrawMethod.OPEN and proposed.classes:
        yield "method"
    if changed.method == DrawMethod.PPS and persons:
        yield "by_size"
    if changed.method not in DRAWN_METHODS and persons and changed.draw_people != changed.people:
        yield "whole"
