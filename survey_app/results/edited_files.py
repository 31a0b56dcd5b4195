"""Checking an edited document of a round (核对修改稿) against what was published of it."""

from collections.abc import Sequence

from analysis.published import Published
from questionnaires.bad_input import BadInputError
from reports.checking.published_round import PublishedRound
from reports.edited.edited_check import check_edited
from reports.report import briefing, insert, section
from reports.report.telling import RoundFacts
from reports.screen.views import results_of
from survey_app.core.errors import SurveyError
from survey_app.core.models import Round
from survey_app.results.documents import closed_facts_of


def check_edited_file(content: bytes, round_: Round, published: Published) -> Sequence[str]:
    """What an edited file says otherwise than the round's documents, a sentence each; as `check_edited_document`."""
    return check_edited_document(content, closed_facts_of(round_), published)


def check_edited_document(content: bytes, facts: RoundFacts, published: Published) -> Sequence[str]:
    """The same for a round that files alone tell of.

    Raises SurveyError with one sentence for a file that cannot be read, or that was not made of these documents.
    """
    found = results_of(published)
    documents = [insert.insert(facts, found), section.section(facts, found), briefing.briefing(facts, found)]
    try:
        return check_edited(content, documents, PublishedRound(facts=facts, published=published))
    except BadInputError as error:
        raise SurveyError(*map(str, error.args)) from None
