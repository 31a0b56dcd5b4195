"""Closing a round as a job: its key comes from whoever confirmed, and the sum of what was published is noted."""

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.results import as_json
from survey_app.closing.close import close_round
from survey_app.core.audit import record
from survey_app.core.models import Job, Round
from survey_app.core.settings import Settings
from survey_app.rounds.key_custody import Given


def close_for_job(engine: Engine, settings: Settings, job: Job, clock: Callable[[], datetime], secret: bytes) -> None:
    """Close the job's round; `secret` is the seed where the server does not keep it, else empty."""
    with Session(engine) as session:
        name = session.get_one(Round, job.round_id).name
    given = Given(seed=secret or None)
    closed = close_round(engine, name, keys=settings.keys, actor=job.asked_by, now=clock(), given=given)
    sealed = sha256(json.dumps(as_json(closed.published), sort_keys=True).encode()).hexdigest()
    with Session(engine) as session, session.begin():
        record(session, job.asked_by, "seal", f"round {name}", at=clock(), sha256=sealed)
