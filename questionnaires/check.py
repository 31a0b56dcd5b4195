"""The check of all packs that ship: each by itself, then what they hold together."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from questionnaires import paper as paper_module
from questionnaires import rule as rule_module
from questionnaires.frozen import frozen_problems
from questionnaires.pack import PackError
from questionnaires.paper import UNKNOWN, Paper, list_languages, list_papers, load_paper
from questionnaires.rule import Rule, list_rules, load_rule
from questionnaires.vocabulary import Group, vocabulary_problems

T = TypeVar("T")


def check_packs() -> list[str]:
    """One sentence for every problem of every shipped paper, overlay and rule; empty when all is well."""
    problems: list[str] = vocabulary_problems()
    names = list_papers()
    papers = _load([partial(load_paper, name) for name in names], problems)
    _load([partial(load_paper, name, language) for name in names for language in list_languages(name)], problems)
    rules = _load([partial(load_rule, name) for name in list_rules()], problems)
    for folder in (paper_module.FOLDER, rule_module.FOLDER):
        problems += frozen_problems(folder)
    problems += edition_problems(papers)
    if len(papers) == len(names):
        problems += group_problems(papers)
        problems += rule_problems(rules, papers)
    return list(dict.fromkeys(problems))


def edition_problems(papers: Iterable[Paper]) -> Iterator[str]:
    """Papers of one edition (`*-2026`) share items and topics in order; a group is asked by one of them."""
    for edition in _editions(papers):
        first = edition[0]
        asked: dict[str, str] = {}
        for paper in edition:
            if [(item.id, item.topic) for item in paper.items] != [(item.id, item.topic) for item in first.items]:
                yield f"{paper.id}: items: must have the ids, topics and order of {first.id}"
            if paper.topics != first.topics:
                yield f"{paper.id}: topics: must be those of {first.id}, in order"
            for group in paper.groups:
                if asked.setdefault(group, paper.id) != paper.id:
                    yield f"{paper.id}: groups: {group} is asked by {asked[group]} already"


def group_problems(papers: Iterable[Paper]) -> Iterator[str]:
    """Every group of the vocabulary is asked by a paper of the newest edition; editions of before stay as they are."""
    newest = _editions(papers)[-1:]
    asked = {group for edition in newest for paper in edition for group in paper.groups}
    for group in Group:
        if newest and group not in asked:
            yield f"Group: {group.value} is asked by no paper of the newest edition"


def rule_problems(rules: Iterable[Rule], papers: Iterable[Paper]) -> Iterator[str]:
    """Each rule fits the papers it names: they are there, ask its groups, and offer the options it scores."""
    known = {paper.id: paper for paper in papers}
    for rule in rules:
        named = [known[name] for name in rule.papers.value if name in known]
        for name in rule.papers.value:
            if name not in known:
                yield f"{rule.id}: papers: {name} is not there"
        yield from _misfits(rule, named)


def _misfits(rule: Rule, papers: Sequence[Paper]) -> Iterator[str]:
    if rule.counting.own:
        yield f"{rule.id}: counting.own: what a paper counts is the paper's to say"
    asked = {group for paper in papers for group in paper.groups}
    for group in rule.groups:
        if group not in asked:
            yield f"{rule.id}: weights: {group} is on no paper"
    if len({paper.item_ids for paper in papers}) > 1:
        yield f"{rule.id}: papers: must ask by the same item ids"
    for paper in papers:
        if paper.values - {UNKNOWN} != set(rule.counting.score.value):
            yield f"{rule.id}: counting.score: must score the options of {paper.id}"


def _editions(papers: Iterable[Paper]) -> list[list[Paper]]:
    editions: dict[str, list[Paper]] = defaultdict(list)
    for paper in papers:
        editions[paper.id.partition("-")[2]].append(paper)
    return [editions[year] for year in sorted(editions)]


def _load(loads: Iterable[Callable[[], T]], problems: list[str]) -> list[T]:
    loaded = []
    for load in loads:
        try:
            loaded.append(load())
        except PackError as error:
            problems += error.problems
    return loaded
