"""Who keeps a round's key: the server in a file, or three holders on sheets of which two open it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Custody, RoundState
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, Fact, SurveyError
from survey_app.core.models import Audit, Round
from survey_app.rounds.key_files import (
    KeyFault,
    RoundKey,
    export_key,
    find_key_fault,
    key_text,
    load_key,
    say_key_fault,
    store_key,
)
from survey_app.rounds.key_words import KEY_WORDS
from survey_app.rounds.keys import (
    SHEETS,
    ForeignSheetError,
    SameSheetError,
    SharesError,
    SplitKey,
    TooFewSheetsError,
    combine_sheets,
    key_mark,
    new_seed,
    public_key,
    share_hash,
    split_seed,
    third_sheet,
)
from survey_app.rounds.round_rows import holds_boxes
from survey_app.rounds.sheet_text import KeySheet

TRY = "try_key_sheet"
MOVE = "move_key"
EXPORT = "export_key"
RENEW = "renew_key_sheet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What people give to open a round: the seed of an exported file, or key sheets."""

    seed: bytes | None = None
    sheets: tuple[KeySheet, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetAct:
    """Somebody did something with a sheet; `action` is the audit's word for it."""

    number: int
    actor: str
    at: datetime
    action: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetTrial:
    """How trying a sheet went: whether it is right, and the sentence to say."""

    right: bool
    sentence: str


def give_key(round_: Round, keys: Path, custody: Custody, random: Callable[[int], bytes]) -> SplitKey | None:
    """Give a new round its key: its file is on disk before the round is; sheets are returned, the seed forgotten."""
    seed = new_seed(random)
    round_.public_key = public_key(seed)
    round_.custody = custody
    if custody == Custody.SERVER:
        store_key(keys, RoundKey(round_name=round_.name, seed=seed))
        return None
    split = split_seed(seed)
    round_.key_sheets = list(split.hashes)
    round_.state = RoundState.WAITING_FOR_SHEETS
    return split


def try_sheet(session: Session, round_: Round, sheet: KeySheet, *, actor: str, now: datetime) -> SheetTrial:
    """Whether a sheet is one of the round's; the third right one opens it. Raises ConflictError without sheets."""
    if round_.custody != Custody.SHARED or round_.public_key is None:
        raise ConflictError(KEY_WORDS.not_shared.format(round=round_.name))
    if sheet.key_mark != key_mark(round_.public_key):
        return SheetTrial(right=False, sentence=KEY_WORDS.other_round.format(round=round_.name))
    if share_hash(sheet) != round_.key_sheets[sheet.number - 1]:
        return SheetTrial(right=False, sentence=KEY_WORDS.not_of_this_round.format(round=round_.name))
    record(session, actor, TRY, f"round {round_.name}", at=now, sheet=sheet.number, mark=mark_of(round_))
    session.flush()
    return SheetTrial(right=True, sentence=_note_right(session, round_, sheet.number, actor, now))


def renew_sheet(session: Session, round_: Round, given: Given, *, actor: str, now: datetime) -> KeySheet:
    """The sheet that is missing beside the two that were given, compared with what the store keeps of it.

    Raises SurveyError for sheets that do not open the round.
    """
    if not given.sheets:
        raise SurveyError(KEY_WORDS.two_to_renew)
    _combine(round_, given.sheets)
    sheet = third_sheet(given.sheets, round_.public_key or b"")
    if share_hash(sheet) != round_.key_sheets[sheet.number - 1]:
        raise SurveyError(KEY_WORDS.wrong_shares.format(round=round_.name))
    record(session, actor, RENEW, f"round {round_.name}", at=now, sheet=sheet.number, mark=mark_of(round_))
    return sheet


def sheets_tried(session: Session, round_: Round) -> set[int]:
    """The numbers of the sheets of the round's present key that were tried and right."""
    return {act.number for act in list_sheet_acts(session, round_, TRY)}


def list_sheet_acts(session: Session, round_: Round, *actions: str) -> list[SheetAct]:
    """Who did one of these things with which sheet of the round's present key, and when: the earliest first."""
    of_round = (Audit.action.in_(actions), Audit.subject == f"round {round_.name}")
    rows = session.scalars(select(Audit).where(*of_round).order_by(Audit.id))
    mark = mark_of(round_)
    return [
        SheetAct(number=row.detail.get("sheet", 0), actor=row.actor, at=row.at, action=row.action)
        for row in rows
        if row.detail.get("mark") == mark
    ]


def mark_of(round_: Round) -> str:
    """What tells the round's present key from others, in the audit."""
    return key_mark(round_.public_key or b"").hex()


def find_seed(round_: Round, keys: Path, given: Given) -> bytes:
    """The seed of a round, from what was given or from the server's file; raises SurveyError with what is missing."""
    assert round_.public_key is not None
    if given.sheets:
        return _combine(round_, given.sheets)
    seed = given.seed or load_key(keys, round_.public_key)
    if seed is not None and public_key(seed) == round_.public_key:
        return seed
    is_ours = round_.custody == Custody.SERVER and given.seed is None
    if is_ours and find_key_fault(keys, round_.public_key) == KeyFault.UNREADABLE:
        raise SurveyError(say_key_fault(keys, round_.public_key, round_.name, KeyFault.UNREADABLE))
    what = KEY_WORDS.two_sheets if round_.custody == Custody.SHARED else KEY_WORDS.exported_file
    raise SurveyError(Fact("key_missing", KEY_WORDS.no_key_here.format(round=round_.name, what=what)))


def export_round_key(
    session: Session, round_: Round, keys: Path, target: Path, *, move: bool, actor: str, now: datetime
) -> None:
    """Copy the server's key into a file; with `move` the server keeps none. The audit counts every export.

    The server's own file stays: whoever calls commits, and calls `destroy_key` only after that.
    """
    export_key(_find_own_key(round_, keys), target)
    record(session, actor, EXPORT, f"round {round_.name}", at=now, file=target.name)
    if move:
        move_round_key(session, round_, keys, actor=actor, now=now)


def copy_round_key(session: Session, round_: Round, keys: Path, *, actor: str, now: datetime) -> str:
    """The text of the server's key file, to be taken away by who asks; the audit counts it."""
    content = key_text(_find_own_key(round_, keys))
    record(session, actor, EXPORT, f"round {round_.name}", at=now)
    return content


def move_round_key(session: Session, round_: Round, keys: Path, *, actor: str, now: datetime) -> None:
    """Note that the server keeps the key no longer; whoever calls commits, and only then calls `destroy_key`."""
    _find_own_key(round_, keys)
    record(session, actor, MOVE, f"round {round_.name}", at=now)


def list_exports(session: Session, round_: Round) -> list[tuple[str, datetime]]:
    """Who copied the server's key, and when."""
    of_round = (Audit.action == EXPORT, Audit.subject == f"round {round_.name}")
    return [(row.actor, row.at) for row in session.scalars(select(Audit).where(*of_round).order_by(Audit.id))]


def _find_own_key(round_: Round, keys: Path) -> RoundKey:
    if round_.custody != Custody.SERVER or round_.public_key is None:
        raise ConflictError(KEY_WORDS.not_server.format(round=round_.name))
    seed = load_key(keys, round_.public_key)
    if seed is None:
        fault = find_key_fault(keys, round_.public_key)
        if fault in (KeyFault.UNREADABLE, KeyFault.DAMAGED):
            raise ConflictError(say_key_fault(keys, round_.public_key, round_.name, fault))
        raise ConflictError(KEY_WORDS.moved_already.format(round=round_.name))
    return RoundKey(round_name=round_.name, seed=seed)


def key_warning(session: Session, round_: Round, keys: Path) -> str:
    """What is to be known of the key of a round that is not opened yet, a sentence; empty when it is where it was made.

    `KEY_WORDS.kept_apart` is no fault: the key was moved elsewhere on purpose.
    """
    if round_.public_key is None or round_.custody != Custody.SERVER or not _is_waiting(session, round_):
        return ""
    fault = find_key_fault(keys, round_.public_key)
    if fault is None:
        return ""
    if was_moved(session, round_):
        return KEY_WORDS.kept_apart
    return say_key_fault(keys, round_.public_key, round_.name, fault)


def was_moved(session: Session, round_: Round) -> bool:
    """Whether the server's key was moved elsewhere on purpose."""
    moved = select(Audit.id).where(Audit.action == MOVE, Audit.subject == f"round {round_.name}").limit(1)
    return session.scalar(moved) is not None


def _is_waiting(session: Session, round_: Round) -> bool:
    if round_.state in (RoundState.OPEN, RoundState.PAUSED):
        return True
    return round_.state == RoundState.CLOSED and holds_boxes(session, round_)


def _note_right(session: Session, round_: Round, number: int, actor: str, now: datetime) -> str:
    left = sorted(set(range(1, SHEETS + 1)) - sheets_tried(session, round_))
    if round_.state != RoundState.WAITING_FOR_SHEETS:
        return KEY_WORDS.tried_before.format(number=number)
    if left:
        return KEY_WORDS.right.format(number=number, left="、".join(map(str, left)))
    round_.state = RoundState.OPEN
    record(session, actor, "begin", f"round {round_.name}", at=now)
    return KEY_WORDS.right_last.format(number=number, round=round_.name)


def _combine(round_: Round, sheets: Sequence[KeySheet]) -> bytes:
    if round_.custody != Custody.SHARED:
        raise SurveyError(KEY_WORDS.sheets_for_server)
    assert round_.public_key is not None
    try:
        return combine_sheets(sheets, round_.public_key)
    except ForeignSheetError as problem:
        sentence = KEY_WORDS.foreign.format(number=problem.number, round=round_.name)
    except SameSheetError:
        sentence = KEY_WORDS.given_twice.format(number=_twice(sheet.number for sheet in sheets))
    except TooFewSheetsError:
        sentence = KEY_WORDS.too_few
    except SharesError:
        sentence = Fact("shares_wrong", KEY_WORDS.wrong_shares.format(round=round_.name))
    raise SurveyError(sentence)


def _twice(numbers: Iterable[int]) -> int:
    seen: set[int] = set()
    for number in numbers:
        if number in seen:
            return number
        seen.add(number)
    return 0
