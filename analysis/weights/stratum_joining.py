"""Strata joined before variance units are formed, so that each holds two units and a group keeps degrees of freedom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.weights.variance_units import Spot, cut_units

FEWEST_DF = 8
"""Units less strata that a group with joined units should keep: under it its strata are joined, too."""


@dataclass(frozen=True, kw_only=True)
class _Stratum:
    """The drawn classes of a stratum together; `township` and `locale` are "" where they have several."""

    name: str
    township: str
    locale: str
    forms: int
    frame_psus: float
    drawn_psus: float

    @property
    def is_open(self) -> bool:
        """Whether classes were drawn, not all taken: f < 1."""
        return self.drawn_psus < self.frame_psus

    def is_weak(self, smallest: int) -> bool:
        """Whether it would have fewer units than its variance needs: two, or one where all classes were taken."""
        return self.forms < (2 if self.is_open else 1) * smallest


def join_strata(spots: Sequence[Spot], smallest: int) -> list[Spot]:
    """The drawn classes of one group, with the strata they are counted in.

    A stratum with forms for fewer than two units joins the sibling of its township, else of its locale, else any,
    that has the smallest M, then the first name; M and m add. Where units were joined and fewer than FEWEST_DF
    degrees of freedom are left, strata go on being joined, the smallest first.

    >>> classes = [Spot(place=f"class/A/{number}", unit="A", township="T", locale="town", stratum=stratum,
    ...     by_class=True, forms=9, frame_psus=8, drawn_psus=2) for number, stratum in enumerate("xxyy")]
    >>> [spot.stratum for spot in join_strata(classes, 10)]
    ['y', 'y', 'y', 'y']
    """
    spots = _join_while_weak(list(spots), smallest)
    while _has_too_few_df(spots, smallest):
        strata = sorted((stratum for stratum in _strata(spots) if stratum.is_open), key=_size)
        if len(strata) < 2:
            break
        spots = _join(spots, strata[0], _sibling(strata[0], strata) or strata[1])
    return spots


def _join_while_weak(spots: list[Spot], smallest: int) -> list[Spot]:
    while True:
        strata = _strata(spots)
        weak = sorted((stratum for stratum in strata if stratum.is_weak(smallest)), key=_size)
        pairs = ((here, _sibling(here, strata, needed=here.forms < smallest)) for here in weak)
        found = next(((here, sibling) for here, sibling in pairs if sibling), None)
        if found is None:
            return spots
        spots = _join(spots, *found)


def _has_too_few_df(spots: Sequence[Spot], smallest: int) -> bool:
    """Whether places were joined and too few units are left for the strata."""
    units = 0
    strata = {spot.stratum for spot in spots}
    for name in strata:
        units += len(cut_units([spot for spot in spots if spot.stratum == name], smallest))
    return units < len(spots) and units - len(strata) < FEWEST_DF


def _strata(spots: Sequence[Spot]) -> list[_Stratum]:
    inside: dict[str, list[Spot]] = {}
    for spot in spots:
        inside.setdefault(spot.stratum, []).append(spot)
    return [
        _Stratum(
            name=name,
            township=_only({spot.township for spot in own}),
            locale=_only({spot.locale for spot in own}),
            forms=sum(spot.forms for spot in own),
            frame_psus=own[0].frame_psus,
            drawn_psus=own[0].drawn_psus,
        )
        for name, own in inside.items()
    ]


def _only(names: set[str]) -> str:
    return names.pop() if len(names) == 1 else ""


def _size(stratum: _Stratum) -> tuple[float, str]:
    return stratum.frame_psus, stratum.name


def _sibling(here: _Stratum, strata: Sequence[_Stratum], *, needed: bool = True) -> _Stratum | None:
    """The stratum that `here` joins; one that is only short of a second unit joins no stratum of another kind."""
    others = [stratum for stratum in strata if stratum.name != here.name]
    alike = [stratum for stratum in others if stratum.is_open == here.is_open]
    near = (
        [stratum for stratum in alike if here.township and stratum.township == here.township],
        [stratum for stratum in alike if here.locale and stratum.locale == here.locale],
        alike,
        others if needed else [],
    )
    found = next((siblings for siblings in near if siblings), [])
    return min(found, key=_size, default=None)


def _join(spots: Sequence[Spot], here: _Stratum, sibling: _Stratum) -> list[Spot]:
    """M and m of both add; the sibling's name stays."""
    together = {here.name, sibling.name}
    return [
        replace(
            spot,
            stratum=sibling.name,
            frame_psus=here.frame_psus + sibling.frame_psus,
            drawn_psus=here.drawn_psus + sibling.drawn_psus,
        )
        if spot.stratum in together
        else spot
        for spot in spots
    ]
