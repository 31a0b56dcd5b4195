"""Handing over the codes of many units at once, with one sheet to sign."""

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from questionnaires.vocabulary import BatchState, CodeKind, HandOverMeans, Role
from survey_app.codes.custody import hand_over_units, list_live_batches
from survey_app.pages.console.code_pages import draw_codes
from survey_app.pages.console.console_forms import PostedForm, Units
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.rounds.opening import name_schools
from survey_app.rounds.round_rows import find_round

PAGE = "/console/codes"


class HandOverUnits(PostedForm):
    """Which units' codes went out (none: all that wait), by which means; `sure` once it was said of how many."""

    unit: Units = ()
    means: HandOverMeans
    sure: bool = False


class UnitCodes(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit is given: class and public codes, slips, and the people who may answer with them."""

    unit: str
    name: str
    township: str
    waiting: int
    shared: int
    slips: int
    people: int


@post("/codes/hand-over", sync_to_thread=True, again=draw_codes)
def give(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[HandOverUnits]) -> Page:
    """Note that the codes of the chosen units were given to them; says first of whom and of how many, and asks."""
    chosen = [unit for unit in list_unit_codes(console) if unit.waiting and (not data.unit or unit.unit in data.unit)]
    if not data.sure and chosen:
        return console.page("sure_hand_over", units=chosen, means=data.means)
    names = {unit.unit: unit.name for unit in chosen}
    with console.writing() as session:
        hand_over_units(session, find_round(session), names, data.means, **console.act)
    return console.go(PAGE, done="handed_over")


@get("/codes/signatures", sync_to_thread=True)
def sign(console: NamedDependency[ConsoleRequest]) -> Page:
    """One sheet with a line a unit, to be printed and signed."""
    with console.reading() as session:
        round_ = find_round(session)
        session.expunge_all()
    return console.page("signatures", round=round_, invented=round_.invented, units=list_unit_codes(console))


def list_unit_codes(console: ConsoleRequest) -> list[UnitCodes]:
    """The live codes of every unit that this person hands out, in the order of the frame."""
    with console.reading() as session:
        batches = list_live_batches(session, find_round(session))
        names = name_schools(session)
    if console.person.role == Role.TOWNSHIP:
        batches = batches[batches.township == console.person.scope]
    return [
        UnitCodes(
            unit=str(unit),
            name=names.get(str(unit), str(unit)),
            township=str(found.township.iloc[0]),
            waiting=int(found.issued[found.state == BatchState.MADE].sum()),
            shared=int(found.codes[found.kind != CodeKind.SLIP].sum()),
            slips=int(found.codes[found.kind == CodeKind.SLIP].sum()),
            people=int(found.issued.sum()),
        )
        for unit, found in batches.groupby("unit", sort=False)
    ]


HANDLERS = [give, sign]
