"""Answers: one posted form checked against its paper, every problem at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from questionnaires.paper import BLANK, OWN_FIELDS, Paper, list_papers, load_paper
from questionnaires.text import clean_text

REMARK_LIMIT = 150
"""UTF-16 units of a remark, as a browser counts `maxlength`: what a remark's box has room for."""
SENTENCES = MappingProxyType(
    {
        "version": "问卷有更新，请看一遍，再提交一次。",
        "changed": "这一题的内容有更新，请再看看。",
        "field": "提交的内容里有这份问卷没有的项目，请刷新页面后重新填写。",
        "empty": "还没有选任何一题，请至少选一题。",
        "blank": "这一题还没有选，请选一项。",
        "option": "这一题选的不是问卷上的选项，请重新选一项。",
        "twice": "这一题选了不止一项，请只选一项。",
        "remark_twice": "收到了两份不同的留言，请只留一份。",
        "remark_long": f"留言最多{REMARK_LIMIT}字（一个表情算两个字），请删短一些。",
    }
)

NOTHING = frozenset({"", str(BLANK)})
"""What is posted under an item that was left blank."""
Choices = Mapping[str, frozenset[str]]
Faults = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class AnswerProblem:
    """A sentence to show beside an item, beside the `remark`, or ("") above the whole paper."""

    item: str
    sentence: str


@dataclass(frozen=True)
class Checked:
    """What was answered, in the paper's order with 0 for a blank, and all that is wrong with it."""

    answers: tuple[int, ...]
    remark: str
    problems: tuple[AnswerProblem, ...]


def check_answers(paper: Paper, fields: Mapping[str, Sequence[str]]) -> Checked:
    """Check one posted form; never raises and keeps every answer that can be kept.

    `fields` holds the values posted under each item's id and, where there, `remark`, `version` (the
    paper's id) and `blank_ok` ("1": leave the blanks blank). Answers to another version are refused once,
    with a problem beside each answered item that reads otherwise now. Fields that are not the paper's are a
    problem: the caller takes out its own first. "" and "0" are blanks; a wholly blank form is refused.
    """
    choices = {name: frozenset(fields.get(name, ())) - NOTHING for name in paper.item_ids}
    codes = {str(value): value for value in paper.values}
    remarks = _remarks(fields.get("remark", ()))
    faults = [
        *_form_faults(paper, fields, choices, remarks),
        *_item_faults(choices, codes, blank_ok="1" in fields.get("blank_ok", ())),
        *((name, "changed") for name in _changed_items(paper, fields.get("version", ())) if choices[name]),
        *_remark_faults(remarks),
    ]
    return Checked(
        answers=tuple(codes.get(min(chosen), BLANK) if len(chosen) == 1 else BLANK for chosen in choices.values()),
        remark=remarks[0] if remarks and paper.remark else "",
        problems=tuple(AnswerProblem(item, SENTENCES[fault]) for item, fault in faults),
    )


def count_units(text: str) -> int:
    """How long a browser finds a text, in UTF-16 units.

    >>> count_units("操场"), count_units("😀")
    (2, 2)
    """
    return len(text.encode("utf-16-be")) // 2


def encode_answers(answers: Iterable[int]) -> str:
    """The answers as the text a form is stored as, one digit an item.

    >>> encode_answers([5, 4, 0, 9])
    '5409'
    """
    return "".join(map(str, answers))


def decode_answers(text: str, paper: Paper) -> tuple[int, ...]:
    """The answers of a stored form, in the paper's order; raises ValueError when it is not this paper's."""
    codes = {str(value): value for value in paper.values | {BLANK}}
    if len(text) != len(paper.items) or not set(text) <= set(codes):
        raise ValueError(f"{text!r} is no form of the paper {paper.id}")
    return tuple(codes[digit] for digit in text)


def _form_faults(paper: Paper, fields: Mapping[str, Sequence[str]], choices: Choices, remarks: Sequence[str]) -> Faults:
    if any(version != paper.id for version in fields.get("version", ())):
        yield "", "version"
    unknown = fields.keys() - choices.keys() - OWN_FIELDS
    if unknown or (remarks and not paper.remark):
        yield "", "field"


def _changed_items(paper: Paper, versions: Sequence[str]) -> list[str]:
    """The items that read otherwise in this paper than in the version that was answered."""
    older = [load_paper(version) for version in set(versions) - {paper.id} if version in list_papers()]
    asked = (paper.stem, paper.options)
    return [
        item.id
        for paper_before in older
        for item in paper.items
        if item not in paper_before.items or asked != (paper_before.stem, paper_before.options)
    ]


def _item_faults(choices: Choices, codes: Mapping[str, int], *, blank_ok: bool) -> Faults:
    if not any(choices.values()):
        yield "", "empty"
        return
    for name, chosen in choices.items():
        if len(chosen) > 1:
            yield name, "twice"
        elif not chosen <= codes.keys():
            yield name, "option"
        elif not chosen and not blank_ok:
            yield name, "blank"


def _remarks(values: Sequence[str]) -> list[str]:
    """The different remarks posted, without what cannot be seen, white space drawn together."""
    return [text for text in dict.fromkeys(map(clean_text, values)) if text]


def _remark_faults(remarks: Sequence[str]) -> Faults:
    if len(remarks) > 1:
        yield "remark", "remark_twice"
    if any(count_units(text) > REMARK_LIMIT for text in remarks):
        yield "remark", "remark_long"
