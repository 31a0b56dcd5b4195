"""Other choices and integrity checks by name: the same words in the report and on the command line."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from questionnaires.pack import read_toml
from questionnaires.paper import Paper
from questionnaires.rule import Rule
from reports.setting.findings import name_groups
from reports.setting.typesetting import TEMPLATES

WITHOUT = "without_"


@cache
def load_choice_words() -> dict[str, Any]:
    """Every Chinese name of a choice or a check."""
    return read_toml(TEMPLATES / "choices.toml")


def name_choice(name: str, rule: Rule, papers: Sequence[Paper]) -> str:
    """Name a choice of `analysis.recognition.sensitivity`; which options the strict one counts is the rule's to say.

    >>> from questionnaires.rule import load_papers, load_rule
    >>> rule = load_rule("basic-2012")
    >>> [name_choice(name, rule, load_papers(rule)) for name in ("strict", "pooled", "without_deputy+cppcc")]
    ['只计满意', '全部有效答卷合并计算', '不计人大代表、政协委员']
    """
    words = load_choice_words()["choices"]
    if name not in words:
        return str(words["without"].format(groups=name_groups(name.removeprefix(WITHOUT))))
    strict = [option.label for option in papers[0].options if option.value in rule.counting.strict.value]
    return str(words[name].format(strict="和".join(reversed(strict))))


def name_untested(checks: dict[str, Any]) -> list[str]:
    """The integrity checks for which no place had enough that could be compared.

    >>> name_untested({"even_odd": {"tests": 0}, "spread": {"tests": 12}})
    ['同一方面两道题的一致程度']
    """
    names = load_choice_words()["checks"]
    return [names[name] for name, check in checks.items() if not check["tests"]]
