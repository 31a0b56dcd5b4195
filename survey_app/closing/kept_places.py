"""Where the forms of a closing round are kept: places joined until each holds enough answered forms."""

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from analysis.weights.joining import Homes
from survey_app.core.models import Form, FrameRow, Place, Round


def keep_places(session: Session, round_: Round, homes: Homes) -> dict[int, int]:
    """Make the joined places of `homes` and hang the frame on them: id of each fine place -> id where its forms belong.

    Forms that are in the store already are moved; fine places that are left without any are forgotten.
    """
    ids = _place_ids(session, round_)
    missing = [home for home in dict.fromkeys(homes.values()) if home not in ids]
    if missing:
        rows = [{"round_id": round_.id, "group": group, "place": place} for group, place in missing]
        session.execute(insert(Place), rows)
    after = _place_ids(session, round_)
    kept = {place_id: after[homes.get(owner, owner)] for owner, place_id in ids.items()}
    for fine, joined in kept.items():
        if fine != joined:
            session.execute(update(FrameRow).where(FrameRow.place_id == fine).values(place_id=joined))
            session.execute(update(Form).where(Form.place_id == fine).values(place_id=joined))
            session.execute(delete(Place).where(Place.id == fine))
    return kept


def _place_ids(session: Session, round_: Round) -> dict[tuple[str, str], int]:
    found = session.execute(select(Place.id, Place.group, Place.place).where(Place.round_id == round_.id))
    return {(row.group, row.place): row.id for row in found}
