"""The receipt is the answer to a post; its number is in the page, wins over a cookie, and can be looked up."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from litestar.testing import TestClient
from nacl.bindings import crypto_box_keypair
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from survey_app.core.audit import record
from survey_app.core.models import Box, BoxNumber, Published, Round, Spent
from survey_app.core.settings import Settings
from tests.conftest import OpenRound, build_phones
from tests.county import NOW

PUBLIC, _ = crypto_box_keypair()
COMPLETE = dict.fromkeys(load_paper("social-2026").item_ids, "4")
Making = Callable[..., OpenRound]
Client = TestClient[Any]


@pytest.fixture
def client(engine: Engine, tmp_path: Path) -> Iterator[Client]:
    app = build_phones(Settings(tmp_path, "", "http://testserver"), engine)
    with TestClient(app, raise_server_exceptions=False) as phone:
        phone.follow_redirects = False
        yield phone


def field(page: Response, name: str = "number") -> str:
    [value] = re.findall(rf'name="{name}"(?: value="|>)([^"<]*)', page.text)
    return str(value)


def boxes(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(Box)) or 0


def close(engine: Engine, made: OpenRound) -> None:
    with Session(engine) as session, session.begin():
        numbers = [{"id": id_, "round_id": made.round_id} for id_ in session.scalars(select(Box.id))]
        session.execute(insert(BoxNumber), numbers)
        session.add(Published(round_id=made.round_id, name="recognition", content={}))
        session.execute(delete(Box))
        session.execute(delete(Spent))
        session.execute(update(Round).values(state="closed"))


@pytest.mark.parametrize("kind", ["slip", "class"])
def test_a_phone_without_cookies_is_counted_once_and_told_the_truth(
    client: Client, engine: Engine, open_round: Making, kind: str
) -> None:
    code = open_round(kind=kind, public_key=PUBLIC).codes[0]
    number = field(client.get(f"/q/{code}"))
    client.cookies.clear()
    first = client.post(f"/q/{code}", data=COMPLETE | {"number": number})
    client.cookies.clear()
    again = client.post(f"/q/{code}", data=COMPLETE | {"number": number, "overall": "1"})
    assert (first.status_code, again.status_code, boxes(engine)) == (200, 200, 1)
    assert first.content == again.content
    assert "以第一次提交为准" in first.text
    assert 'data-page="received"' in first.text
    assert ("下一位" in first.text) == (kind == "class")


@pytest.mark.parametrize("kind", ["slip", "class"])
def test_over_http_where_the_public_address_is_https_a_form_is_counted_once_all_the_same(
    engine: Engine, open_round: Making, tmp_path: Path, kind: str
) -> None:
    code = open_round(kind=kind, public_key=PUBLIC).codes[0]
    app = build_phones(Settings(tmp_path, "", "https://survey.example"), engine)
    with TestClient(app) as phone:
        page = phone.get(f"/q/{code}")
        first, again = (phone.post(f"/q/{code}", data=COMPLETE | {"number": field(page)}) for _ in range(2))
        assert "cookie" not in first.request.headers  # Secure ones stay with the browser here
    assert (first.status_code, first.content) == (200, again.content)
    assert 'data-page="received"' in first.text
    assert boxes(engine) == 1


def test_the_number_in_the_page_wins_over_the_cookie(client: Client, engine: Engine, open_round: Making) -> None:
    code = open_round(kind="class", public_key=PUBLIC).codes[0]
    client.get(f"/q/{code}")
    for number in ("a" * 32, "b" * 32, "a" * 32):
        assert client.post(f"/q/{code}", data=COMPLETE | {"number": number}).status_code == 200
    assert boxes(engine) == 2


def test_a_refusal_gets_the_same_receipt_byte_for_byte_but_the_number(client: Client, open_round: Making) -> None:
    codes = open_round(codes=2, public_key=PUBLIC).codes
    answered = client.post(f"/q/{codes[0]}", data=COMPLETE)
    client.cookies.clear()
    refused = client.post(f"/q/{codes[1]}", data={"refuse": "1"})
    assert field(answered) != field(refused)
    assert answered.text.replace(field(answered), "") == refused.text.replace(field(refused), "")
    assert "不用截图，任何人不得要求您出示本页" in refused.text


def test_a_receipt_can_be_looked_up_before_and_after_the_close_and_an_invented_one_is_not_there(
    client: Client, engine: Engine, open_round: Making
) -> None:
    made = open_round(public_key=PUBLIC)
    receipt = field(client.post(f"/q/{made.codes[0]}", data=COMPLETE))
    for state in ("open", "closed"):
        if state == "closed":
            close(engine, made)
        found = client.get("/check", params={"number": receipt.lower().replace("-", " ")})
        assert (found.status_code, "这份回执已计入" in found.text) == (200, True), state
    sent = receipt.replace("\n", "\r\n")  # as a browser sends the field
    assert client.get("/check", params={"number": sent}).status_code == 200
    assert client.get("/check", params={"number": "0" * 24}).status_code == 404
    assert client.get("/check", params={"number": "0"}).status_code == 400
    with Session(engine) as session, session.begin():
        record(session, "test", "restore", "store", at=NOW)
    assert "系统曾从备份恢复" in client.get("/check", params={"number": "0" * 24}).text


def test_after_the_close_a_post_is_received_if_it_was_counted_and_else_too_late(
    client: Client, engine: Engine, open_round: Making
) -> None:
    made = open_round(codes=2, public_key=PUBLIC)
    receipt = client.post(f"/q/{made.codes[0]}", data=COMPLETE | {"number": "a" * 32})
    close(engine, made)
    client.cookies.clear()
    again = client.post(f"/q/{made.codes[0]}", data=COMPLETE | {"number": "a" * 32})
    late = client.post(f"/q/{made.codes[1]}", data=COMPLETE | {"number": "a" * 32})
    assert (again.status_code, again.content) == (200, receipt.content)
    assert (late.status_code, "调查已经结束" in late.text) == (410, True)


def test_a_ticket_spent_before_answers_were_sealed_gets_a_receipt_without_a_number(
    client: Client, engine: Engine, open_round: Making
) -> None:
    made = open_round()
    client.post(f"/q/{made.codes[0]}", data=COMPLETE)
    with Session(engine) as session, session.begin():
        session.execute(update(Round).values(public_key=PUBLIC))
    page = client.get(f"/q/{made.codes[0]}")
    assert "升级前提交，已计入" in page.text
    assert "回执号" not in page.text
