"""The forms of a group as the auditor knows them: where each came from, its headline, its answer to each item."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.column_values import texts
from analysis.disclosure.attack import Kind
from analysis.release.group_counts import GroupCounts, headline_items
from questionnaires.paper import Paper
from questionnaires.rule import Rule

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
UNKNOWN = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownForms:
    """A group's forms that have a headline, in one order.

    `place`: the number of its place among those of the group; `satisfied` of `answered` items make its headline;
    `content` and `said`: of each item whether it is content with it, and whether it answered it.
    """

    place: Whole
    satisfied: Whole
    answered: Whole
    content: Mapping[str, Marks]
    said: Mapping[str, Marks]
    in_headline: frozenset[str]

    @property
    def headline(self) -> Floats:
        """The headline of each form."""
        return np.asarray(self.satisfied / self.answered)

    def marked(self, item: str, *, discontented: bool) -> Marks:
        """The forms that are discontented with an item, or those that are content."""
        return self.said[item] & (~self.content[item] if discontented else self.content[item])


def know_forms(forms: pd.DataFrame, counts: GroupCounts, paper: Paper, rule: Rule) -> KnownForms:
    """The valid forms of a group (columns place and items) beside its counts; those without a headline are left out."""
    items = headline_items(paper)
    chosen = list(paper.item_ids)
    content = forms[chosen].isin(list(rule.counting.codes_of(counts.group)))
    said = forms[chosen].isin(list(rule.counting.score.value))
    answered = said[list(items)].sum(axis=1).to_numpy(np.int64)
    has_headline = answered > 0
    numbers = {name: at for at, name in enumerate(counts.names)}
    return KnownForms(
        place=np.array([numbers[name] for name in texts(forms.place[has_headline])], np.int64),
        satisfied=content[list(items)].sum(axis=1).to_numpy(np.int64)[has_headline],
        answered=answered[has_headline],
        content={item: content[item].to_numpy(bool)[has_headline] for item in chosen},
        said={item: said[item].to_numpy(bool)[has_headline] for item in chosen},
        in_headline=frozenset(items),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class ItemForms:
    """The kinds of a group's forms on one item, and how many of each cell (kind and answer) every place has."""

    kinds: tuple[Kind, ...]
    known: Floats


def sort_forms(forms: KnownForms, item: str, places: int, *, discontented: bool, is_statement: bool) -> ItemForms:
    """A group's forms by what an attacker can tell apart: headline and answer, or all but the answer of a statement.

    `discontented`: the discontented are counted, else the content.
    """
    marked = forms.marked(item, discontented=discontented)
    table = _ways(forms, item, discontented=discontented) if is_statement else _told(forms, marked)
    ways, of_kind = np.unique(table, axis=0, return_inverse=True)
    sizes = np.bincount(of_kind.ravel(), minlength=len(ways))
    kinds = tuple(_kind(way, int(size)) for way, size in zip(ways, sizes, strict=True))
    width = np.array([len(kind.answers) for kind in kinds])
    first = np.concatenate([[0], np.cumsum(width)[:-1]])
    cell = first[of_kind.ravel()] + np.where(width[of_kind.ravel()] > 1, marked, 0)
    known = np.zeros((places, int(width.sum())))
    np.add.at(known, (forms.place, cell), 1)
    return ItemForms(kinds=kinds, known=known)


def _told(forms: KnownForms, marked: Marks) -> Floats:
    return np.column_stack([forms.headline, forms.headline, marked.astype(float)])


def _ways(forms: KnownForms, item: str, *, discontented: bool) -> Floats:
    """Headline without and with the mark, where only the other answers of a form are known."""
    said = forms.said[item]
    one = (said & (item in forms.in_headline)).astype(np.int64)
    base = forms.satisfied - (forms.content[item] & (one > 0))
    without = np.where(said, base + (one if discontented else 0), base) / forms.answered
    with_it = np.where(said, base + (0 if discontented else one), base) / forms.answered
    return np.column_stack([without, with_it, np.where(said, UNKNOWN, 0).astype(float)])


def _kind(way: Floats, size: int) -> Kind:
    content, discontented, answer = way.tolist()
    return Kind(
        forms=size,
        content=content,
        discontented=discontented,
        answer=None if answer == UNKNOWN else int(answer),
    )
