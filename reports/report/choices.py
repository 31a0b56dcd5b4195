"""Other choices and integrity checks by name: the same words in the report and on the command line."""

from collections.abc import Mapping, Sequence
from functools import cache

from msgspec import Struct, convert

from analysis.results import CheckOutcome
from questionnaires.pack import read_toml
from questionnaires.paper import Paper
from questionnaires.rule import Rule
from reports.setting.findings import name_groups
from reports.setting.typesetting import TEMPLATES

WITHOUT = "without_"


class ChoiceWords(Struct, frozen=True):
    """Every Chinese name of a choice or a check."""

    choices: dict[str, str]
    checks: dict[str, str]


@cache
def load_choice_words() -> ChoiceWords:
    """The names of choices and checks."""
    return convert(read_toml(TEMPLATES / "choices.toml"), ChoiceWords)


def name_choice(name: str, rule: Rule, papers: Sequence[Paper]) -> str:
    """Name a choice of `analysis.recognition.sensitivity`; which options the strict one counts is the rule's to say.

    >>> from questionnaires.rule import load_papers, load_rule
    >>> rule = load_rule("basic-2012")
    >>> [name_choice(name, rule, load_papers(rule)) for name in ("strict", "pooled", "without_deputy+cppcc")]
    ['只计满意', '全部有效答卷合并计算', '不计人大代表、政协委员']
    """
    words = load_choice_words().choices
    if name not in words:
        return words["without"].format(groups=name_groups(name.removeprefix(WITHOUT)))
    strict = [option.label for option in papers[0].options if option.value in rule.counting.strict.value]
    return words[name].format(strict="和".join(reversed(strict)))


def name_untested(checks: Mapping[str, CheckOutcome]) -> list[str]:
    """The integrity checks for which no place had enough that could be compared.

    >>> found = {"tests": 0, "flagged_places": 0, "flagged_forms": 0, "clause": ""}
    >>> name_untested({"even_odd": CheckOutcome(**found), "spread": CheckOutcome(**found | {"tests": 12})})
    ['同一方面两道题的一致程度']
    """
    names = load_choice_words().checks
    return [names[name] for name, check in checks.items() if not check.tests]
