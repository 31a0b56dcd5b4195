"""When answers need a second look (需核实), and when a place is listed: the limits of a rule."""

from typing import Annotated, Literal

from pydantic import Field

from questionnaires.pack import Cited, Pack

FULL_CHECKS = ("full_at_once", "full_from_few", "full_beside_others")
"""Why a class from which everybody answered is listed."""
FEWER_SAY_SO = "fewer_say_so"
"""Too few of those who were asked again say that they answered."""
Share = Annotated[float, Field(ge=0, le=1)]
Chance = Annotated[float, Field(gt=0, lt=1)]


class FullClass(Pack):
    """When a class from which everybody answered is listed; none of its forms is left out."""

    share: Cited[Share]
    """What was sent in of the invited, from which on a class is full."""
    minutes: Cited[Annotated[int, Field(ge=5)]]
    at_once: Cited[Share]
    """Share of it in the busiest `minutes`."""
    from_few: Cited[Share]
    """Share of it that at least came from the fullest three networks of each day."""
    beside_others: Cited[Share]
    """What was sent in of the invited above that of the other classes of its group in its school, as a share."""


class FollowUp(Pack):
    """When those who were asked again say too seldom that they answered, for the forms that came."""

    forgetting: Cited[Annotated[float, Field(ge=0, lt=1)]]
    """Share of those who answered that may say they did not."""
    fewer: Cited[Annotated[float, Field(gt=0, le=1)]]
    """Share of those asked that is missing among who says so."""


class Integrity(Pack):
    """When answers need a second look (需核实): each check's threshold, and what honest people are granted.

    A check speaks where its q is at most `false_discovery` and its effect reaches the check's own threshold.
    """

    false_discovery: Cited[Chance]
    between_places: Cited[Chance]
    """How alike honest people of one place are (intraclass correlation of a yes or no)."""
    clumping: Cited[Annotated[float, Field(gt=0)]]
    """Squared coefficient of variation granted to the expected number of repetitions."""
    honest_constant: Cited[Literal[1, 2, 3, 4, 5]]
    """The option that people honestly give to every question."""
    straight_lining: Cited[Share]
    """Share of the place's forms with one and the same other answer throughout, above the expected share."""
    all_highest: Cited[Share]
    """Share with the honest constant, above the expected share; reported, never flagged."""
    longest_run: Cited[Annotated[float, Field(gt=0)]]
    """Mean length of the longest run of one answer, in questions above the expected length."""
    even_odd: Cited[Annotated[float, Field(gt=0, le=2)]]
    """Mean agreement of the two questions of a topic, as a correlation below the expected one."""
    repetition: Cited[Share]
    """Share of the place's forms that repeat another one."""
    honest_pairs: Cited[Chance]
    """Share of honest forms that repeat another one of their place: brothers and sisters, neighbours."""
    room: Cited[Share]
    """Share of answers unlike the form's most frequent one below which likeness and spread say nothing."""
    likeness: Cited[Share]
    """Mean distance to the form most alike, as a share of the expected distance."""
    spread: Cited[Annotated[float, Field(gt=0)]]
    """Largest spread of the forms' means, in that of answers that have nothing to do with each other."""
    seconds_per_item: Cited[Annotated[float, Field(gt=0)]]
    """Less than this for each answered question is fast."""
    speed: Cited[Share]
    """Share of fast forms, above the expected share."""
    bursts: Cited[Share]
    """Share of the place's forms in its busiest five minutes; reported, never flagged alone."""
    with_burst: Cited[Chance]
    """The p at which a check speaks in a place with a burst, whatever its q."""
    more_forms_than_people: Cited[Annotated[float, Field(ge=0)]]
    """Forms above the people of the frame, as a share of the people, that a frame out of date explains."""
    full_class: FullClass | None = None
    follow_up: FollowUp | None = None
