"""The card of passwords: each is good once, in order, for its owner; a letter lets an administrator act at once."""

import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from secrets import token_bytes

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey_app.accounts.kept_accounts import reset_account
from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.password_cards import (
    PASSWORDS,
    Card,
    count_unused,
    draw_card,
    find_next,
    store_card,
    use_card,
)
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import ConflictError
from survey_app.core.models import Account, Audit, CardPassword
from tests.attacks.test_two_persons_by_one import come_in, password_on
from tests.console import Console, open_console
from tests.county import NOW, open_county
from tests.keyring import keys_of

PDF = b"%PDF-1.7 signed"
Owner = tuple[str, str]


@pytest.fixture
def owner(engine: Engine) -> Owner:
    """An administrator, by name and password."""
    with Session(engine) as session, session.begin():
        return "admin", add_account(session, "admin", "administrator", actor=SERVER_OWNER, now=NOW, random=token_bytes)


@pytest.fixture
def console(sqlite_engine: Engine) -> Iterator[Console]:
    """A console with two administrators and an open round."""
    open_county(sqlite_engine)
    with open_console(sqlite_engine, keys_of(sqlite_engine).parent) as console:
        yield console


def give_card(engine: Engine, owner: Owner, present: str = "") -> Card:
    name, password = owner
    card = draw_card(token_bytes)
    with Session(engine) as session, session.begin():
        store_card(session, name, card, password=password, present=present, now=NOW)
    return card


def is_right(engine: Engine, name: str, typed: str) -> bool:
    with Session(engine) as session, session.begin():
        try:
            use_card(session, name, typed, now=NOW)
        except ConflictError:
            return False
        return True


def test_a_card_is_good_for_twenty_confirmations_in_its_order_and_for_no_more(engine: Engine, owner: Owner) -> None:
    card = give_card(engine, owner)
    assert len(set(card.passwords)) == PASSWORDS
    assert not is_right(engine, "admin", card.passwords[1])
    for password in card.passwords:
        assert is_right(engine, "admin", password)
        assert not is_right(engine, "admin", password)
    with Session(engine) as session:
        assert find_next(session, "admin") is None


def widen(typed: str) -> str:
    """As a Chinese keyboard writes it in full width."""
    return "".join(chr(ord(letter) + 0xFEE0) for letter in typed)


@pytest.mark.parametrize("change", [str.upper, lambda typed: typed.replace("-", ""), lambda typed: f" {typed} ", widen])
def test_a_password_of_the_card_is_read_however_it_is_typed(engine: Engine, owner: Owner, change) -> None:  # type: ignore[no-untyped-def]
    card = give_card(engine, owner)
    assert is_right(engine, "admin", change(card.passwords[0]))


def test_nothing_of_a_card_can_be_read_out_of_the_store(engine: Engine, owner: Owner) -> None:
    card = give_card(engine, owner)
    with Session(engine) as session:
        kept = [row.hashed for row in session.scalars(select(CardPassword))]
        assert len(kept) == PASSWORDS
        assert all(hashed.startswith("$argon2id$") for hashed in kept)
        assert not [p for p in card.passwords for row in kept if p in row or p.replace("-", "") in row]
        noted = [row.detail for row in session.scalars(select(Audit))]
    assert not any(password in str(detail) for password in card.passwords for detail in noted)


def test_a_new_card_takes_the_password_and_the_next_of_the_card_before(engine: Engine, owner: Owner) -> None:
    first = give_card(engine, owner)
    with pytest.raises(ConflictError):
        give_card(engine, owner)
    with pytest.raises(ConflictError):
        give_card(engine, ("admin", "wrong password"), first.passwords[0])
    second = give_card(engine, owner, first.passwords[0])
    assert not is_right(engine, "admin", first.passwords[1])
    assert is_right(engine, "admin", second.passwords[0])


def test_whoever_gets_a_new_first_password_has_no_card_any_more(engine: Engine, owner: Owner) -> None:
    give_card(engine, owner)
    with Session(engine) as session, session.begin():
        assert count_unused(session) == {"admin": PASSWORDS}
        reset_account(session, "admin", actor=SERVER_OWNER, now=NOW, random=token_bytes)
        assert count_unused(session) == {}


def test_a_card_is_shown_once_and_its_next_number_is_asked_for(console: Console) -> None:
    with Session(console.engine) as session, session.begin():
        password = reset_account(session, "admin2", actor=SERVER_OWNER, now=NOW, random=token_bytes)
    second = come_in(console, "admin2", password, NOW)
    assert "您现在没有可用的口令卡" in second.get("/console/card").text
    wrong = second.post("/console/card", {"password": "not this one"})
    assert (wrong.status_code, "not this one" in wrong.text) == (409, False)
    shown = re.findall('<li class="password">(.*?)</li>', second.post("/console/card", {"password": password}).text)
    assert len(shown) == PASSWORDS
    again = second.get("/console/card").text
    assert ("还剩20个，下一个是第1号" in again, shown[0] in again) == (True, False)
    assert console.people["admin"].post("/console/round/propose-close").status_code == 303
    assert "您口令卡上的第1号口令" in second.get("/console/round").text
    refused = second.post("/console/round/confirm-close", {"card": shown[1]})
    assert ("不是您口令卡上的第1号" in refused.text, f'value="{shown[1]}"' in refused.text) == (True, False)
    assert second.post("/console/round/confirm-close", {"card": shown[0]}).status_code == 303
    assert "还剩19个，下一个是第2号" in second.get("/console/card").text


def test_what_could_not_be_confirmed_costs_no_password_of_the_card(console: Console) -> None:
    second = console.people["admin2"]
    assert second.post("/console/round/confirm-close").status_code == 409  # nobody proposed it
    with Session(console.engine) as session:
        assert find_next(session, "admin2") == 1


def make_third(console: Console) -> str:
    page = (
        console.people["admin"]
        .post("/console/accounts/add", {"name": "third", "role": "administrator", "scope": ""})
        .text
    )
    return password_on(page)


def test_a_signed_letter_lets_a_new_administrator_act_at_once(console: Console) -> None:
    third = come_in(console, "third", make_third(console), NOW)
    agreed = console.people["admin2"].post("/console/accounts/agree", {"name": "third"}, {"file": ("委托书.pdf", PDF)})
    assert (agreed.status_code, third.get("/console/round").status_code) == (303, 200)
    kept = console.people["admin"].get("/console/accounts/letter?name=third")
    assert (kept.content, kept.headers["content-type"]) == (PDF, "application/pdf")
    with Session(console.engine) as session:
        row = session.scalars(select(Audit).where(Audit.action == "account_agree")).one()
        assert row.detail["letter"] == sha256(PDF).hexdigest()


@pytest.mark.parametrize(
    ("content", "said"), [(b"MZ a program", "要是扫描件或照片"), (PDF + b"x" * 5 * 1024**2, "最大5MB")]
)
def test_what_is_no_letter_is_refused_and_nothing_agreed(console: Console, content: bytes, said: str) -> None:
    make_third(console)
    refused = console.people["admin2"].post(
        "/console/accounts/agree", {"name": "third"}, {"file": ("委托书.pdf", content)}
    )
    assert (refused.status_code, said in refused.text) == (409, True)
    with Session(console.engine) as session:
        assert session.get_one(Account, "third").agreed_by == ""


def test_without_a_letter_and_for_who_let_them_in_nothing_is_at_once(console: Console) -> None:
    third = come_in(console, "third", make_third(console), NOW)
    letter = {"file": ("委托书.pdf", PDF)}
    assert console.people["admin"].post("/console/accounts/agree", {"name": "third"}, letter).status_code == 409
    wrong = {"name": "third", "card": "aaaa-bbbb"}
    assert console.people["admin2"].post("/console/accounts/agree", wrong, letter).status_code == 409
    assert console.people["admin2"].post("/console/accounts/agree", {"name": "third"}).status_code == 303
    assert third.get("/console/round").status_code == 403
    with Session(console.engine) as session:
        assert session.get_one(Account, "third").acts_from == NOW + timedelta(hours=24)
