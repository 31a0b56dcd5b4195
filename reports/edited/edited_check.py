"""The check of an edited file (核对修改稿): figures that were changed, claims that no longer hold, sentences that went.

What was written is made anew from what was published and read as the edited file is, so that both stand side by side.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import NamedTuple

from questionnaires.bad_input import BadInputError
from reports.checking.checker import Fault, check_sentence
from reports.checking.document_reading import split_sentences
from reports.checking.published_round import PublishedRound
from reports.checking.references import LABEL, check_references, read_captions
from reports.checking.told_facts import list_facts
from reports.document.document import Block, Document, Heading, Paragraph, Table
from reports.document.word import render_docx
from reports.edited.edited_reading import EditedFile, read_edited
from reports.edited.edited_tables import compare_tables, drop_quotes, name_tables, pair_tables, shorten
from reports.edited.edited_words import load_edited_words

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?[%‰]?")
OURS = 0.2  # of the sentences of a document, at least, in a file that was made of it
LIKE = 0.5
MOST_PAIRED = 400


class Sentence(NamedTuple):
    """A sentence and the heading it stands under."""

    text: str
    heading: str


class _Said(NamedTuple):
    """What is said of a sentence: where it stands, what it was, and the numbers that were changed."""

    place: str
    sentence: str
    original: str
    changes: str


class _Draft(NamedTuple):
    """A file beside the document it was made of."""

    own: EditedFile
    edited: EditedFile
    known: Counter[str]


def check_edited(content: bytes, documents: Sequence[Document], round_: PublishedRound) -> list[str]:
    """What an edited .docx says otherwise than what was published, a Chinese sentence each; nothing if it was not
    touched, or in wording alone. `documents` are those of the round; which one it was is found by its sentences.

    Raises BadInputError with one sentence for a file that is none of them, or that cannot be read.
    """
    return check_beside(read_edited(content), [read_written(document) for document in documents], round_)


def check_beside(edited: EditedFile, written: Sequence[EditedFile], round_: PublishedRound) -> list[str]:
    """As `check_edited`, of files that were read: `written` as `read_written` gives it."""
    drafts = [_Draft(own, edited, Counter(map(_loose, split_sentences(own.paragraphs)))) for own in written]
    draft = max(drafts, key=_share)
    if _share(draft) < OURS:
        raise BadInputError(load_edited_words().refusals.foreign.format(round=round_.facts.name))
    return list(dict.fromkeys((*_check_sentences(draft, round_), *_check_tables(draft, round_))))


def read_written(document: Document) -> EditedFile:
    """A document as its own Word file reads, charts by their captions alone."""
    blocks = tuple(map(_without_picture, document.blocks))
    return read_edited(render_docx(replace(document, blocks=blocks)))


def _without_picture(block: Block) -> Block:
    return block if isinstance(block, Heading | Paragraph | Table) else Paragraph((block.caption,))


def _share(draft: _Draft) -> float:
    """What part of the document's sentences stands in the file."""
    there = {_loose(sentence) for sentence in split_sentences(draft.edited.paragraphs)}
    return len(there & set(draft.known)) / max(1, len(draft.known))


def _loose(sentence: str) -> str:
    """A sentence without what programs change by themselves: quotes, and stops at its end."""
    return drop_quotes(sentence).rstrip(load_edited_words().ends)


def _place_sentences(file: EditedFile) -> Iterator[Sentence]:
    heading = ""
    for paragraph in file.paragraphs:
        if re.search(load_edited_words().heading, paragraph):
            heading = paragraph
        for text in split_sentences([paragraph]):
            yield Sentence(text, heading)


def _check_sentences(draft: _Draft, round_: PublishedRound) -> Iterator[str]:
    facts = list_facts(round_)
    left = Counter(draft.known)
    fresh: list[Sentence] = []
    for sentence in _place_sentences(draft.edited):
        key = _loose(sentence.text)
        if key not in draft.known:
            fresh.append(sentence)
        left[key] -= 1
    gone = [text for text in dict.fromkeys(split_sentences(draft.own.paragraphs)) if left[_loose(text)] > 0]
    origins = _find_origins(gone, fresh)
    for sentence in fresh:
        yield from _judge(sentence, origins.get(sentence.text, ""), round_, facts)
    yield from _list_fixed(gone)
    yield from _check_labels(draft, origins)


def _find_origins(gone: Sequence[str], fresh: Sequence[Sentence]) -> Mapping[str, str]:
    """Of each new sentence the one that it was, if one that is gone is like it."""
    found: dict[str, str] = {}
    left = list(gone[:MOST_PAIRED])
    for sentence in fresh[:MOST_PAIRED]:
        best = max(left, key=lambda old: _likeness(old, sentence.text), default="")
        if best and _likeness(best, sentence.text) >= LIKE:
            found[sentence.text] = best
            left.remove(best)
    return found


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= LIKE and matcher.quick_ratio() >= LIKE else 0.0


def _judge(sentence: Sentence, origin: str, round_: PublishedRound, facts: Sequence[str]) -> Iterator[str]:
    """What is wrong with a sentence that was not written so."""
    words = load_edited_words().found
    changes = _list_changes(origin, sentence.text) if origin else ""
    said = _Said(
        place=words.place.format(heading=sentence.heading) if sentence.heading else "",
        sentence=sentence.text,
        original=origin,
        changes=changes,
    )
    faults = list(check_sentence(_without_harmless(sentence.text, origin), round_, facts))
    if faults and changes:
        yield words.changed.format(**said._asdict())
    elif faults:
        yield _tell(faults[0], said)
    elif changes:
        yield words.allowed.format(**said._asdict())
    elif what := _find_judgement(sentence.text, origin):
        yield words.judged.format(what=what, **said._asdict())


def _tell(fault: Fault, said: _Said) -> str:
    """A fault in a sentence; beside the one that it was, where there is one."""
    words = load_edited_words().found
    changed = words.claim_changed if said.original else ""
    told = {"claim": changed or words.claim, "title": words.title, "unknown": changed or words.number}
    return told[fault.kind].format(what=fault.what, **said._asdict())


def _without_harmless(text: str, origin: str) -> str:
    """A sentence without the days and clauses that an office may write; in one that was ours they are figures."""
    if not origin:
        for pattern in load_edited_words().harmless:
            text = re.sub(pattern, "", text)
    return text


def _list_changes(old: str, new: str) -> str:
    """The numbers that were changed, taken out or put in, in words; those of tables it refers to aside."""
    words = load_edited_words().found
    before = NUMBER.findall(LABEL.sub("", old))
    after = NUMBER.findall(LABEL.sub("", new))
    if len(before) == len(after):
        pairs = zip(before, after, strict=True)
        return words.comma.join(words.pair.format(old=then, new=now) for then, now in pairs if then != now)
    told = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        names = {"old": words.pause.join(before[start:end]), "new": words.pause.join(after[new_start:new_end])}
        forms = {"replace": words.pair, "delete": words.gone, "insert": words.added}
        if kind in forms:
            told.append(forms[kind].format(**names))
    return words.comma.join(told)


def _find_judgement(text: str, origin: str) -> str:
    """A word that compares or judges in a new sentence about recognition; empty where there is none."""
    words = load_edited_words()
    if not re.search(words.about, text):
        return ""
    old = set(re.findall(words.judging, origin))
    return next((word for word in re.findall(words.judging, text) if word not in old), "")


def _list_fixed(gone: Sequence[str]) -> Iterator[str]:
    words = load_edited_words()
    yield from (words.found.fixed.format(sentence=text) for text in gone if words.is_fixed(text))


def _check_labels(draft: _Draft, reworded: Collection[str]) -> Iterator[str]:
    """References to tables that are not there, or in sentences that were `reworded` not to the one that shows it; what
    the office added may refer to any table that is there."""
    words = load_edited_words().found
    captions = read_captions(draft.edited.paragraphs)
    for paragraph in draft.edited.paragraphs:
        own = {label for text in split_sentences([paragraph]) if text in reworded for label in LABEL.findall(text)}
        for wrong in check_references(paragraph, captions):
            what = LABEL.findall(wrong)[0]
            if what in own or what not in captions:
                yield words.reference.format(sentence=shorten(paragraph), what=what)


def _check_tables(draft: _Draft, round_: PublishedRound) -> Iterator[str]:
    pairing = pair_tables(name_tables(draft.own), name_tables(draft.edited))
    for own, edited in pairing.pairs:
        yield from compare_tables(own, edited)
    facts = list_facts(round_)
    for table in pairing.strange:
        cells = [text for row in table.grid for cell in row for text in split_sentences([cell])]
        for cell in cells:
            fault = next(check_sentence(_without_harmless(cell, ""), round_, facts), None)
            if _loose(cell) not in draft.known and fault:
                yield load_edited_words().found.table.format(table=table.name, what=shorten(cell))
                break
