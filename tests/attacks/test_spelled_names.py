"""An account's name in other spellings, full-width letters and blanks around: limits and devices are the same."""

from contextlib import suppress
from secrets import token_bytes

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.accounts.new_accounts import add_account
from survey_app.accounts.signing_in import FREE_TRIES, Admitted, Attempt, SignInError, knows_device, sign_in
from tests.county import NOW

NAME = "admin2"
SPELLINGS = ("ａdmin2", "ａｄmin2", "admin２", "admin2 ", " admin2", "\u3000ａｄｍｉｎ２\u3000")
STRANGER = "203.0.113.77"


@pytest.fixture
def password(engine: Engine) -> str:
    """Of an account that is there."""
    with Session(engine) as session, session.begin():
        return add_account(session, NAME, "administrator", actor="test", now=NOW, random=token_bytes)


def attempt(engine: Engine, name: str, password: str, address: str = STRANGER, device: str = "") -> Admitted:
    tried = Attempt(name=name, password=password, address=address, device=device)
    return sign_in(engine, tried, now=NOW, random=token_bytes)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_of_a_name_is_no_fresh_try_and_lets_nobody_in_meanwhile(
    engine: Engine, password: str, spelling: str
) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInError, match="不对"):
            attempt(engine, NAME, "wrong")
    for tried in ("wrong", password):
        with pytest.raises(SignInError, match="以后再试"):
            attempt(engine, spelling, tried)


def test_all_spellings_together_have_the_tries_of_one(engine: Engine, password: str) -> None:
    told = []
    for spelling in SPELLINGS:
        with pytest.raises(SignInError) as refused:
            attempt(engine, spelling, "wrong")
        told.append("以后再试" in str(refused.value))
    assert told == [False] * FREE_TRIES + [True] * (len(SPELLINGS) - FREE_TRIES)
    assert attempt(engine, NAME, password, "198.51.100.2")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_known_device_is_known_by_every_spelling_of_its_owners_name(
    engine: Engine, password: str, spelling: str
) -> None:
    device = attempt(engine, spelling, password).device
    assert knows_device(engine, Attempt(name=spelling, password="", device=device), NOW)
    for _ in range(FREE_TRIES):
        with suppress(SignInError):
            attempt(engine, NAME, "wrong")
    assert attempt(engine, spelling, password, device=device).device == device
