"""Differences: what a standard demands otherwise than the one it extends, both with their clauses."""

from collections.abc import Iterator

from analysis.indicators.sections import STAGE_NAMES, Row
from analysis.standard.edition import Standard
from analysis.standard.limits import WORDS, Limit
from analysis.verdict.pace import judge_pace

RULES = {"required": "每校达标项数", "remainder": "余项与要求之比"}
CHOICES = {"counted": "计入", "not_counted": "不计入"}


def describe_standard(standard: Standard, parent: Standard | None) -> Row:
    """One standard as `survey standards` lists it: its document, what it changes, and what disagrees.

    What its parent already says is listed there alone.
    """
    said = (*parent.contradictions, *parent.policy_notes) if parent else ()
    return {
        "standard": standard.id,
        "title": standard.title,
        "kind": standard.kind,
        "extends": standard.extends,
        "county": standard.county,
        "target_year": standard.target_year,
        "document": standard.document.model_dump(mode="json"),
        "differences": list(find_differences(standard, parent)) if parent else [],
        "restated": standard.restated,
        "contradictions": [each.model_dump() for each in standard.contradictions if each not in said],
        "back_loaded": [each for each in judge_pace(standard) if each["back_loaded"]],
        "policy_notes": [each.model_dump() for each in standard.policy_notes if each not in said],
    }


def find_differences(standard: Standard, parent: Standard) -> Iterator[Row]:
    """One row per demand that is not the parent's: `own` and `parent`, each in words, as a limit, and cited.

    `parent` is None for a goal that the plan adds.

    >>> from analysis.standard import load_standard
    >>> found = find_differences(load_standard("qianjiang-2020"), load_standard("national-2017"))
    >>> quota = next(one for one in found if one["place"] == "G14.quota")
    >>> quota["own"]["words"], quota["parent"]["words"]
    ('不低于60%', '不低于50%')
    """
    theirs = dict(_limits(parent))
    for place, (title, limit) in _limits(standard):
        other = theirs[place][1] if place in theirs else None
        if other is None or (limit.operator, limit.value) != (other.operator, other.value):
            yield _difference(place, title, _shown(limit), _shown(other) if other else None)
    for key, indicator in standard.indicators.items():
        if indicator.title != (before := parent.indicators[key]).title:
            own, old = (next(iter(each.requires.values())).clause for each in (indicator, before))
            titles = ({"words": indicator.title, "clause": own}, {"words": before.title, "clause": old})
            yield _difference(key, "指标名称", *titles)
    own_choice, choice = standard.through_school_primary, parent.through_school_primary
    if own_choice.value != choice.value:
        words = [{"words": CHOICES[each.value], "clause": each.clause} for each in (own_choice, choice)]
        yield _difference("through_school_primary", "一贯制学校的小学部是否计入小学", *words)


def _difference(place: str, title: str, own: Row, parent: Row | None) -> Row:
    return {"place": place, "title": title, "own": own, "parent": parent}


def _shown(limit: Limit) -> Row:
    return {"words": f"{WORDS[limit.operator]}{limit.value:.10g}{limit.unit}"} | limit.model_dump()


def _limits(standard: Standard) -> Iterator[tuple[str, tuple[str, Limit]]]:
    """Every limit by its place, with a title; a goal's after the indicators'."""
    for name, title in RULES.items():
        yield f"school_rule.{name}", (title, getattr(standard.school_rule, name))
    for stage in ("primary", "junior"):
        yield f"variation.{stage}", (f"校际差异系数（{STAGE_NAMES[stage]}）", getattr(standard.variation, stage))
    for key, entry in standard.entries.items():
        for name, requirement in entry.requires.items():
            parts = (entry.title, requirement.title, STAGE_NAMES.get(requirement.stage, ""))
            if limit := requirement.limit:
                yield f"{key}.{name}", ("·".join(part for part in parts if part), limit)
