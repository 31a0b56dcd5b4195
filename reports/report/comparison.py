"""Comparison: this round beside the county's former ones, each as it was published."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from analysis.recognition.change import change

Row = dict[str, Any]


def describe_former(former: Sequence[Row], recognition: Row, rule: str, papers: Sequence[str]) -> Row:
    """`former`: every former round with its window, rate, and the change since; `comparable` by rule and papers."""
    now = recognition["recognition"]
    return {
        "former": [
            {
                "name": one["name"],
                "opens": date.fromisoformat(one["opens"]),
                "closes": date.fromisoformat(one["closes"]),
                "valid": one["valid"],
                **{name: one["recognition"][name] for name in ("rate", "lower", "upper", "verdict")},
                "rule": one["rule"],
                "comparable": one["rule"] == rule and list(one["papers"]) == list(papers),
                "change": change(now, one["recognition"]),
            }
            for one in former
        ]
    }
