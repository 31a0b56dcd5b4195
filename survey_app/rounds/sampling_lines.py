"""How a stratum or a group is drawn, in words: for the command, the console and notes."""

from collections.abc import Iterable, Iterator, Sequence

from analysis.plan.planned_units import Unshown
from analysis.sample.sample_plan import SampleStratum
from questionnaires.vocabulary import DrawMethod, DrawnUnit, Group
from reports.setting.figures import count
from survey_app.rounds.sampling_words import SAMPLE_WORDS


def say_draw(line: SampleStratum) -> str:
    """How much of a stratum is drawn, and how many of each class are invited."""
    if line.method == DrawMethod.OPEN:
        return SAMPLE_WORDS.open_call
    if line.stage == DrawnUnit.PERSON:
        everyone = line.method == DrawMethod.ALL
        return SAMPLE_WORDS.everyone if everyone else SAMPLE_WORDS.draw_people.format(people=count(line.draw_people))
    each = SAMPLE_WORDS.each.format(people=line.draw_people) if line.draw_people else SAMPLE_WORDS.each_all
    numbers = {"drawn": line.draw_classes, "classes": line.classes, "schools": line.draw_schools, "each": each}
    if line.method == DrawMethod.ALL and not line.draw_people:
        return SAMPLE_WORDS.everyone
    return (SAMPLE_WORDS.draw_schools if line.stage == DrawnUnit.SCHOOL else SAMPLE_WORDS.draw_classes).format(
        **numbers
    )


def say_group(strata: Sequence[SampleStratum], *, drawn: int) -> str:
    """How a whole group was drawn; `drawn` are its classes or units with anyone invited."""
    if any(line.method == DrawMethod.OPEN for line in strata):
        return SAMPLE_WORDS.open_call
    if all(line.method == DrawMethod.ALL and not _is_part(line) for line in strata):
        return SAMPLE_WORDS.everyone
    people = sum(line.people for line in strata)
    classes = sum(line.classes for line in strata)
    if not classes:
        return SAMPLE_WORDS.in_persons.format(people=count(people))
    return SAMPLE_WORDS.in_classes.format(drawn=count(drawn), classes=count(classes))


def _is_part(line: SampleStratum) -> bool:
    """Whether only some of each class are invited."""
    return line.stage == DrawnUnit.CLASS and line.draw_people > 0


def say_few_invited(groups: Iterable[Unshown]) -> Iterator[str]:
    """Which groups will have no figure of their own, and with whom they are counted."""
    for line in groups:
        yield _sentence(line).format(
            group=Group(line.group).zh,
            invited=count(line.invited),
            expected=count(line.expected),
            others="、".join(Group(group).zh for group in line.shown_with if group != line.group),
        )


def _sentence(line: Unshown) -> str:
    if not line.invited:
        return SAMPLE_WORDS.nobody_invited
    return SAMPLE_WORDS.few_invited if len(line.shown_with) > 1 else SAMPLE_WORDS.few_invited_alone
