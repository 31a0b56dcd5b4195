"""Closing a round: no more forms, its boxes opened, then the one table that everything shown is read from."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from analysis.cells.tallying import fewest_answers
from analysis.published import Published as PublishedTable
from analysis.published import Units
from analysis.results import as_json
from analysis.round_counts import CourseCounts
from questionnaires.paper import load_paper
from questionnaires.rule import Rule, load_rule
from questionnaires.vocabulary import RoundState
from reports.evidence.bundle import published_texts
from survey_app.answering import forget_holders
from survey_app.closing.box_opening import (
    Opened,
    count_boxes,
    count_revisits,
    describe_opening,
    drop_boxes,
    is_left_open,
    open_boxes,
    refusals_to_show,
    write_forms,
    write_remarks,
)
from survey_app.closing.closed_before import check_closed_before, note_closed
from survey_app.closing.closing_minute import EVIDENCE, PublishedFiles, note_minute
from survey_app.closing.courses import count_courses
from survey_app.closing.evaluation import Results, evaluate
from survey_app.closing.kept_places import keep_places
from survey_app.closing.round_keys import destroy_round_keys
from survey_app.closing.round_tables import RECOGNITION, load_published, tabulate_forms
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, StorageError
from survey_app.core.models import BoxNumber, Place, Published, Round
from survey_app.printed_forms.transcribing import forget_entries
from survey_app.rounds.box_numbers import find_stray_numbers
from survey_app.rounds.key_custody import Given, find_seed
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import private_key
from survey_app.rounds.revisit_rows import check_revisit_end
from survey_app.rounds.round_rows import count_sent, find_round, is_latest

NOTHING_GIVEN = Given()


class Closed(NamedTuple):
    """What a closed round shows, and what of its boxes does not add up, a sentence each."""

    published: PublishedTable
    remains: tuple[str, ...]


def close_round(
    engine: Engine, name: str | None, *, keys: Path, actor: str, now: datetime, given: Given = NOTHING_GIVEN
) -> Closed:
    """Close a round for good, open its boxes and publish it; a close that was cut short is finished by calling again.

    The key is taken from what was `given`, else from the folder `keys`; once all is committed and read back, it is
    destroyed there, and the boxes go. Raises ConflictError when the round was closed and published before, while
    re-contact slips may be answered, or where there are numbers of boxes that no opening wrote; SurveyError when
    there is no key: then nothing has changed.
    """
    with Session(engine) as session, session.begin():
        round_ = find_round(session, name)
        round_id = round_.id
        is_published = session.get(Published, (round_.id, RECOGNITION)) is not None
        if is_published and not is_left_open(session, round_):
            raise ConflictError(f"调查批次 {round_.name} 已经结束，结果不再改变。")
        if not is_latest(session, round_) and count_boxes(session):
            raise ConflictError(KEY_WORDS.boxes_of_another.format(round=round_.name))
        if round_.state == RoundState.WAITING_FOR_SHEETS:
            raise ConflictError(KEY_WORDS.still_waiting.format(round=round_.name))
        check_revisit_end(session, round_, now)
        _check_numbers(session)
        seed = None if is_published else find_seed(round_, keys, given)
        if not is_published:
            check_closed_before(session, round_, keys)
            _take_no_more(session, round_, actor, now)
    remains = () if seed is None else _open_and_publish(engine, round_id, seed, actor, now)
    _finish(engine, round_id, keys)
    with Session(engine) as session:
        return Closed(load_published(session, session.get_one(Round, round_id)), remains)


def _check_numbers(session: Session) -> None:
    """Raise ConflictError when a round has other numbers of boxes than its opening counted: nothing is written then."""
    for problem in find_stray_numbers(session):
        raise ConflictError(problem)


def _take_no_more(session: Session, round_: Round, actor: str, now: datetime) -> None:
    round_.state = RoundState.CLOSED
    session.flush()
    forget_holders(session, round_.id)
    forget_entries(session, round_.id)
    record(session, actor, "close", f"round {round_.name}", at=now)


def _open_and_publish(engine: Engine, round_id: int, seed: bytes, actor: str, now: datetime) -> tuple[str, ...]:
    """In one transaction: either the boxes are as they were, or their forms are written and the figures published.

    Fine places are seen here in memory alone: what is written stands on joined ones.
    """
    private = bytes(private_key(seed))
    with Session(engine) as session, session.begin():
        round_ = session.get_one(Round, round_id)
        opened = open_boxes(session.connection(), private, round_id)
        rule = load_rule(round_.rule)
        opened.forms.put_first(fewest_answers(load_paper(round_.papers[0]), rule))
        forms = tabulate_forms(session, round_, opened.forms.as_codes())
        revisits = tabulate_forms(session, round_, opened.revisits.as_codes())
        results = _tell_opinions(evaluate(session, round_, forms, revisits, opened.forms.arms), opened.opinions, rule)
        results = _tell_courses(results, count_courses(opened.courses, round_.papers, rule.smallest))
        found = tuple(describe_opening(opened, count_sent(session, round_id)))
        refused = refusals_to_show(opened.refused, _count_groups(session, round_id, opened), rule.smallest)
        kept = keep_places(session, round_, results.homes)
        write_forms(session.connection(), opened, round_id, kept)
        lost = write_remarks(session.connection(), private, round_id)
        record(
            session,
            actor,
            "open_boxes",
            f"round {round_.name}",
            at=now,
            boxes=opened.boxes,
            refused=refused,
            **count_revisits(opened),
            unreadable=opened.unreadable,
            twice=opened.twice,
            unreadable_remarks=lost,
        )
        _publish(session, round_, results, actor, now)
        _check_numbers(session)
    return found


def _tell_opinions(results: Results, opinions: int, rule: Rule) -> Results:
    """The results with how many forms came with opinion codes, unless they are a few."""
    if opinions < rule.smallest:
        return results
    told = replace(results.published, status=replace(results.published.status, opinions=opinions))
    return results._replace(published=told)


def _tell_courses(results: Results, courses: dict[str, CourseCounts]) -> Results:
    """The results with how answering went, where any group has enough of it."""
    if not courses:
        return results
    told = replace(results.published, status=replace(results.published.status, course=courses))
    return results._replace(published=told)


def _count_groups(session: Session, round_id: int, opened: Opened) -> Counter[str]:
    """Forms of each group."""
    placed = opened.forms.count_by_place()
    forms: Counter[str] = Counter()
    for place, group in session.execute(select(Place.id, Place.group).where(Place.round_id == round_id)):
        forms[group] += placed.get(place, 0)
    return forms


def _publish(session: Session, round_: Round, results: Results, actor: str, now: datetime) -> None:
    parts = as_json(results.published)
    session.execute(
        insert(Published),
        [
            {"round_id": round_.id, "name": name, "content": part}
            for name, part in (*parts.items(), (EVIDENCE, results.evidence))
        ],
    )
    texts = results.evidence | published_texts(parts, results.published.units or Units())
    note_minute(session, round_, PublishedFiles(parts, texts), actor=actor, now=now)


def _finish(engine: Engine, round_id: int, keys: Path) -> None:
    """After the commit was read back: the key goes, then the boxes and the marks of spent tickets."""
    with Session(engine) as session:
        round_ = session.get_one(Round, round_id)
        public = round_.public_key
        numbers = session.scalar(select(func.count()).where(BoxNumber.round_id == round_id))
        if (numbers or 0) < count_boxes(session) or any(find_stray_numbers(session)):
            raise StorageError(KEY_WORDS.not_read_back.format(round=round_.name))
        if public is not None:
            note_closed(session, round_, keys)
    if public is not None:
        destroy_round_keys(keys, public)
    drop_boxes(engine, round_id)
