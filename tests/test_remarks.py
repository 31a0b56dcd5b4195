"""Open remarks are off unless a round was opened with them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from nacl.public import PrivateKey
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from survey_app.core.models import Box, RemarkBox
from survey_app.core.settings import Settings
from survey_app.rounds.round_rows import find_round
from tests.conftest import OpenRound, build_phones
from tests.county import PLAN, open_county

Making = Callable[..., OpenRound]
FIELD = 'name="remark"'
COMPLETE = dict.fromkeys(load_paper("social-2026").item_ids, "4")


@pytest.fixture
def client(engine: Engine, tmp_path: Path) -> Iterator["TestClient[Any]"]:
    with TestClient(build_phones(Settings(tmp_path, "", "http://testserver"), engine)) as phone:
        yield phone


def count_boxes(engine: Engine) -> tuple[int, int]:
    with Session(engine) as session:
        boxes, remarks = (session.scalar(select(func.count()).select_from(table)) for table in (Box, RemarkBox))
    return boxes or 0, remarks or 0


@pytest.mark.parametrize("remarks", [False, True])
def test_a_round_asks_for_a_remark_only_if_it_was_opened_with_them(
    engine: Engine, client: "TestClient[Any]", open_round: Making, remarks: bool
) -> None:
    key = bytes(PrivateKey.generate().public_key)
    code = open_round(public_key=key, remarks=remarks).codes[0]
    assert (FIELD in client.get(f"/q/{code}").text.replace("name=remark ", FIELD)) is remarks
    refused = client.post(f"/q/{code}", data=COMPLETE | {"remark": "操场很好"})
    assert refused.status_code == (200 if remarks else 422)
    assert count_boxes(engine) == ((1, 1) if remarks else (0, 0))
    assert client.post(f"/q/{code}", data=COMPLETE).status_code == 200
    assert count_boxes(engine) == (1, int(remarks))


@pytest.mark.parametrize("remarks", [False, True])
def test_a_plan_says_nothing_of_remarks_unless_somebody_chose_them(sqlite_engine: Engine, remarks: bool) -> None:
    open_county(sqlite_engine, replace(PLAN, remarks=True) if remarks else PLAN)
    with Session(sqlite_engine) as session:
        assert find_round(session).remarks is remarks
