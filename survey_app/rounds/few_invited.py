"""Groups that will have no figure of their own, said before a round opens: in the command and on the draft's page."""

from sqlalchemy.orm import Session

from analysis.plan.planned_units import Unshown, find_unshown
from questionnaires.rule import load_papers, load_rule
from survey_app.rounds.frame_rows import load_waiting
from survey_app.rounds.sampling import find_kept_sample


def find_few_invited(session: Session, rule_name: str) -> list[Unshown]:
    """The rule's groups of the waiting frame that too few people are invited of, at the return that is expected.

    A group that nobody is invited of stands there with 0. The return is that of the draw, else the rule's.
    """
    rule = load_rule(rule_name)
    made = find_kept_sample(session)
    rate = (made.request.return_rate if made else None) or rule.planning.return_rate.value
    invited = dict.fromkeys(map(str, rule.groups), 0)
    for row in load_waiting(session):
        if row.group in invited:
            invited[row.group] += row.invited
    return find_unshown(invited, load_papers(rule), rule.smallest, rate)
