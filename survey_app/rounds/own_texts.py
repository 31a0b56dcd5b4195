"""The office's own words for a round: kept with it, proposed for the next one, and told in the audit."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.pack import PackError, read_pack
from questionnaires.vocabulary import OwnText
from reports.report.own_words import NO_WORDS, OwnWords, clean_words, find_word_problems
from survey_app.core.audit import record
from survey_app.core.errors import SurveyError
from survey_app.core.models import Round


def take_words(words: OwnWords) -> OwnWords:
    """The words cleaned; raises SurveyError with a sentence for everything that cannot stand."""
    cleaned = clean_words(words)
    if problems := find_word_problems(cleaned):
        raise SurveyError(*problems)
    return cleaned


def read_words(path: Path) -> OwnWords:
    """The words of a TOML file, cleaned; raises SurveyError with everything that is wrong in it."""
    try:
        return take_words(read_pack(path, OwnWords))
    except PackError as error:
        raise SurveyError(*error.problems) from error


def load_words(round_: Round) -> OwnWords:
    """What the office wrote for a round; nothing where it wrote nothing."""
    return OwnWords.model_validate_json(round_.own_words) if round_.own_words else NO_WORDS


def store_words(session: Session, round_: Round, words: OwnWords, *, actor: str, now: datetime) -> None:
    """Keep the words with a round, and who changed which text; raises SurveyError for what cannot stand."""
    before = load_words(round_)
    after = take_words(words)
    if after == before:
        return
    round_.own_words = after.model_dump_json()
    changed = "、".join(kind.zh for kind in OwnText if after.text(kind) != before.text(kind))
    counted = {"process": len(after.process)} if after.process != before.process else {}
    record(session, actor, "own_words", f"round {round_.name}", at=now, texts=changed, **counted)


def propose_words(session: Session, round_: Round) -> OwnWords:
    """The texts of the last round before that has any, to begin with; its process evidence stays where it was."""
    earlier = select(Round).where(Round.id < round_.id, Round.own_words != "").order_by(Round.id.desc())
    last = session.scalars(earlier.limit(1)).first()
    return load_words(last).model_copy(update={"process": ()}) if last else NO_WORDS
