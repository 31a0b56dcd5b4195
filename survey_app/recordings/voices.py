"""A paper's voices: sentences to read, recordings of them, and which ways of speaking are whole."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from questionnaires.county_words import speak_of
from questionnaires.paper import list_papers, load_paper
from questionnaires.vocabulary import RoundState, Speech
from survey_app.core.audit import record
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.models import Recording, Round
from survey_app.recordings.sound_files import IPHONES, RECORDING_WORDS, take_sound


class Sentence(NamedTuple):
    """A sentence of a paper: its item's id or its option's value, and what is to be read."""

    name: str
    text: str


class Voice(NamedTuple):
    """A paper that is read in one way from its first sentence to its last; `sum` tells its sounds from all others."""

    paper: str
    speech: Speech
    sum: str


def list_sentences(session: Session, paper: str) -> list[Sentence]:
    """What must be read aloud in the county's own word: each item, then each option.

    Raises:
        NotFoundError: there is no such paper.
    """
    if paper not in list_papers():
        raise NotFoundError(RECORDING_WORDS.no_paper)
    asked = speak_of(load_paper(paper), _find_county(session))
    items = [Sentence(item.id, f"{item.stem or asked.stem}{item.text}") for item in asked.items]
    return [*items, *(Sentence(str(option.value), option.label) for option in asked.options)]


def _find_county(session: Session) -> str:
    """Whose paper is read: the county of the round that is under way, else of the latest; empty before the first."""
    under_way = Round.state.in_((RoundState.WAITING_FOR_SHEETS, RoundState.OPEN, RoundState.PAUSED))
    return session.scalar(select(Round.county).order_by(under_way.desc(), Round.id.desc()).limit(1)) or ""


def load_recordings(session: Session, paper: str, speech: Speech) -> dict[str, Recording]:
    """The recordings of a paper's sentences as they read now, by the sentence's name; their sounds are not read."""
    texts = dict(list_sentences(session, paper))
    found = session.scalars(select(Recording).where(Recording.paper == paper, Recording.speech == speech))
    return {row.sentence: row for row in found if texts.get(row.sentence) == row.text}


def store_recording(
    session: Session, sentence: tuple[str, Speech, str], content: bytes, *, actor: str, now: datetime
) -> None:
    """Keep a recording of (paper, speech, sentence) in the place of the one before; it waits for a listener."""
    paper, speech, name = sentence
    texts = dict(list_sentences(session, paper))
    if name not in texts:
        raise NotFoundError(RECORDING_WORDS.no_sentence)
    sound = take_sound(content)
    row = session.scalars(_select(*sentence)).first() or Recording(paper=paper, speech=speech, sentence=name)
    row.text, row.kind, row.sound = texts[name], sound.kind, sound.content
    row.sum = sha256(sound.content).hexdigest()
    row.made_by, row.made_at, row.approved_by = actor, now, ""
    session.add(row)
    record(session, actor, "recording", _subject(*sentence), at=now, sum=row.sum)


def approve_recording(
    session: Session, sentence: tuple[str, Speech, str], heard: str, *, actor: str, now: datetime
) -> None:
    """Note that the recording with the sum `heard` was listened to; raises SurveyError for one that not all play."""
    row = load_recordings(session, sentence[0], sentence[1]).get(sentence[2])
    if row is None:
        raise NotFoundError(RECORDING_WORDS.no_recording)
    if row.sum != heard:
        raise SurveyError(RECORDING_WORDS.changed)
    if row.kind not in IPHONES:
        raise SurveyError(RECORDING_WORDS.not_for_iphones)
    row.approved_by = actor
    record(session, actor, "approve_recording", _subject(*sentence), at=now, sum=row.sum)


def drop_recording(session: Session, sentence: tuple[str, Speech, str], *, actor: str, now: datetime) -> None:
    """Take a recording back: the paper is no longer read aloud in this way."""
    row = session.scalars(_select(*sentence)).first()
    if row is None:
        raise NotFoundError(RECORDING_WORDS.no_recording)
    session.delete(row)
    record(session, actor, "drop_recording", _subject(*sentence), at=now, sum=row.sum)


def find_sound(session: Session, wanted: str) -> Recording:
    """The recording with this sum, its sound read; raises NotFoundError for none."""
    row = session.scalars(select(Recording).where(Recording.sum == wanted).options(undefer(Recording.sound))).first()
    if row is None:
        raise NotFoundError(RECORDING_WORDS.no_recording)
    return row


def list_voices(session: Session) -> list[Voice]:
    """Every paper that is read aloud whole, each sentence heard by somebody and playable on every phone."""
    kept = session.execute(select(Recording.paper, Recording.speech).distinct().order_by(Recording.paper))
    known = [(paper, Speech(speech)) for paper, speech in kept if paper in list_papers()]
    return [voice for paper, speech in known for voice in _find_whole(session, paper, speech)]


def pack_voice(session: Session, voice: Voice) -> bytes:
    """All sounds of a voice as one JSON object, by the sentence's name: [media type, base64]."""
    wanted = select(Recording).where(Recording.paper == voice.paper, Recording.speech == voice.speech)
    rows = session.scalars(wanted.options(undefer(Recording.sound)))
    return json.dumps({row.sentence: [row.kind, b64encode(row.sound).decode()] for row in rows}).encode()


def _find_whole(session: Session, paper: str, speech: Speech) -> Iterator[Voice]:
    rows = load_recordings(session, paper, speech)
    if _is_whole(rows, list_sentences(session, paper)):
        told = json.dumps(sorted([name, row.sum] for name, row in rows.items()))
        yield Voice(paper, speech, sha256(told.encode()).hexdigest()[:16])


def _is_whole(rows: dict[str, Recording], sentences: Sequence[Sentence]) -> bool:
    return all(name in rows and rows[name].approved_by for name, _ in sentences)


def _select(paper: str, speech: Speech, name: str) -> Select[Recording]:
    return select(Recording).where(Recording.paper == paper, Recording.speech == speech, Recording.sentence == name)


def _subject(paper: str, speech: Speech, name: str) -> str:
    return f"{paper} {speech} {name}"
