"""What a key sheet's page says of a round."""

from reports.handouts.key_sheets import SheetPage
from survey_app.core.models import Round
from survey_app.core.settings import beijing_now
from survey_app.rounds.sheet_text import KeySheet, write_sheet


def page_of(round_: Round, sheet: KeySheet) -> SheetPage:
    """One sheet of a round's key as it is set on paper."""
    return SheetPage(
        county=round_.county,
        organiser=round_.organiser,
        round_name=round_.name,
        number=sheet.number,
        text=write_sheet(sheet),
        made=beijing_now().date(),
        closes=round_.closes.date(),
        invented=round_.invented,
    )
