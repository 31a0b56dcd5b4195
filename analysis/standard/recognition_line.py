"""The line that social recognition is held against: the standard's that is cited, wherever the verdict is told."""

from analysis.standard.edition import Standard
from questionnaires.rule import Rule, Threshold


def hold_to_standard(rule: Rule, standard: Standard) -> Rule:
    """The rule with the line, operator and clause of the standard: one verdict for the round and its judgement.

    >>> from analysis.standard import load_standard
    >>> from questionnaires.rule import load_rule
    >>> line = hold_to_standard(load_rule("quality-2024"), load_standard("xiushan-2020")).threshold
    >>> line.value, line.operator
    (0.85, '>')
    """
    limit = standard.recognition_line
    line = Threshold.model_validate({"value": limit.value / 100, "operator": limit.operator, "clause": limit.clause})
    return rule.model_copy(update={"threshold": line})
