"""Where the rounds' keys of a store that tests made lie: beside SQLite's file, as in a data folder."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from survey_app.answering.box import REFUSED, SealedForm, open_box, open_remark
from survey_app.core.models import Box, RemarkBox
from survey_app.rounds.key_custody import Given, find_seed
from survey_app.rounds.key_files import RoundKey, key_path, store_key
from survey_app.rounds.keys import private_key, public_key
from survey_app.rounds.round_rows import find_round

SEED = bytes(range(16))
PUBLIC = public_key(SEED)
_ELSEWHERE = TemporaryDirectory(prefix="keys-")


def keys_of(engine: Engine | Connection) -> Path:
    """The folder of a store's keys."""
    if engine.dialect.name == "sqlite":
        return Path(str(engine.engine.url.database)).parent / "keys"
    return Path(_ELSEWHERE.name) / "keys"


def keep_known_key(engine: Engine, round_name: str) -> bytes:
    """The key that every test knows, as a new round's own: its file where the server keeps keys; the public one."""
    if not key_path(keys_of(engine), PUBLIC).exists():
        store_key(keys_of(engine), RoundKey(round_name=round_name, seed=SEED))
    return PUBLIC


def open_all(engine: Engine) -> list[SealedForm]:
    """What is in the boxes that were sealed with the key every test knows, refusals too."""
    with engine.connect() as connection:
        return [open_box(box, bytes(private_key(SEED))) for box in connection.scalars(select(Box.sealed))]


def open_own(engine: Engine) -> list[SealedForm]:
    """What is in the boxes of the store's own round, by the key that the server keeps."""
    with Session(engine) as session:
        seed = find_seed(find_round(session), keys_of(engine), Given())
        boxes = session.scalars(select(Box.sealed)).all()
    return [open_box(box, bytes(private_key(seed))) for box in boxes]


def open_answers(engine: Engine) -> list[str]:
    """The answers of the forms that are not opened yet, refusals left out."""
    return [form.answers for form in open_all(engine) if form.answers != REFUSED]


def open_remarks(engine: Engine) -> list[str]:
    """The remarks in the boxes that were sealed with that key, empty ones left out."""
    with engine.connect() as connection:
        boxes = connection.scalars(select(RemarkBox.sealed)).all()
    return [text for box in boxes if (text := open_remark(box, bytes(private_key(SEED))).text)]
