"""Who has a unit's codes: handed over, taken back, noted under another name."""

from litestar import post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from survey_app.codes.custody import correct_office, hand_over, take_back
from survey_app.pages.console.console_forms import Line
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.unit_pages import PAGE, UnitForm, check_chosen, choose_rows, draw_unit
from survey_app.rounds.round_rows import find_round


class HandOver(UnitForm):
    """Codes went to an office."""

    office: Line = ""


class TakeBack(UnitForm):
    """A hand-over was noted by mistake; `why` is the reason."""

    why: Line = ""


class CorrectedOffice(TakeBack):
    """Codes went to another office than was noted."""

    office: Line = ""


@post("/unit/hand-over", sync_to_thread=True, again=draw_unit)
def give(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[HandOver]) -> Page:
    """Note to which office the chosen rows' codes (all if none is chosen) went."""
    with console.writing() as session:
        round_ = find_round(session)
        rows = choose_rows(session, round_, data, console)
        hand_over(session, round_, rows, data.office, **console.act)
    return console.go(PAGE, unit=data.unit, done="handed_over")


@post("/unit/take-back", sync_to_thread=True, again=draw_unit)
def correct(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[TakeBack]) -> Page:
    """Take back a hand-over of the chosen rows that was noted by mistake; nothing happens to their codes."""
    check_chosen(data)
    with console.writing() as session:
        round_ = find_round(session)
        take_back(session, round_, choose_rows(session, round_, data, console), data.why, **console.act)
    return console.go(PAGE, unit=data.unit, done="taken_back")


@post("/unit/correct-office", sync_to_thread=True, again=draw_unit)
def rename_office(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[CorrectedOffice]) -> Page:
    """Correct to whom the chosen rows' codes went."""
    check_chosen(data)
    with console.writing() as session:
        round_ = find_round(session)
        rows = choose_rows(session, round_, data, console)
        correct_office(session, round_, rows, data.office, data.why, **console.act)
    return console.go(PAGE, unit=data.unit, done="office_corrected")


HANDLERS = [give, correct, rename_office]
