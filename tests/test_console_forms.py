"""Forms of the console: typed, cleaned at one access, every problem at once beside its field."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.datastructures import UploadFile
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey_app.core.models import Draft
from survey_app.pages.console import list_handlers
from survey_app.pages.console.account_pages import AccountFile, Agreed, NewAccount
from survey_app.pages.console.console_forms import PostedForm, find_sentence, load_sentences
from survey_app.pages.console.setup_pages import DraftForm
from survey_app.pages.console.unit_pages import IssueCodes
from survey_app.rounds.draft import FIELDS, load_draft
from tests.console import Console, open_console
from tests.county import open_county

UNSEEN = "\x0b\u200b\ufeff\u202e"


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Console]:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as opened:
        yield opened


def list_forms(form: type[PostedForm] = PostedForm) -> list[type[PostedForm]]:
    return [found for child in form.__subclasses__() for found in (child, *list_forms(child))]


def test_every_handler_that_takes_fields_takes_a_typed_form() -> None:
    taken = {
        field.annotation.__name__ for handler in list_handlers() if (field := handler.parsed_data_field) is not None
    }
    assert taken <= {form.__name__ for form in list_forms()}
    assert len(taken) > 10


@pytest.mark.parametrize("form", list_forms())
def test_every_field_that_can_be_wrong_has_a_sentence_of_its_own(form: type[PostedForm]) -> None:
    lacking = [
        name
        for name, field in form.model_fields.items()
        if field.is_required() and find_sentence(form.__name__, name) == load_sentences()["any"]["other"]
    ]
    assert lacking == []


def test_what_cannot_be_seen_reaches_no_form() -> None:
    sent = {"name": f"{UNSEEN}王{UNSEEN}老师", "role": "unit", "scope": f" 第一{UNSEEN}小学 "}
    form = NewAccount.model_validate(sent)
    assert (form.name, form.scope) == ("王 老师", "第一 小学")


def test_what_cannot_be_seen_is_not_in_the_name_of_a_file() -> None:
    letter, sheet = (UploadFile("application/pdf", f"合同{UNSEEN}fdp\u200b.pdf") for _ in range(2))
    assert Agreed.model_validate({"name": "third", "file": letter}).file is letter
    assert AccountFile.model_validate({"file": sheet}).file == [sheet]
    assert {letter.filename, sheet.filename} == {"合同 fdp.pdf"}
    letter.file.close()
    sheet.file.close()


def test_what_cannot_be_seen_is_not_stored_with_a_round(console: Console) -> None:
    fields = dict.fromkeys(FIELDS, f"青山区{UNSEEN}政府\x0b督导室")
    assert console.people["county"].post("/console/setup", fields).status_code == 303
    with Session(console.engine) as session:
        assert session.get(Draft, 1) is not None
        assert {load_draft(session)[name] for name in FIELDS} == {"青山区 政府 督导室"}


def test_the_draft_has_the_fields_of_its_form(console: Console) -> None:
    with Session(console.engine) as session:
        assert set(load_draft(session)) == set(DraftForm.model_fields) - {"was"}


def test_one_value_of_many_is_a_list_and_an_empty_field_was_not_filled_in() -> None:
    assert IssueCodes.model_validate({"unit": "P01", "kind": "slips", "row": "7"}).row == (7,)
    assert IssueCodes.model_validate({"unit": "P01", "kind": "slips", "row": ["7", "8"]}).row == (7, 8)
    assert IssueCodes.model_validate({"unit": "P01", "kind": "slips", "row": ""}).row == ()


def test_every_problem_of_a_form_is_said_at_once_beside_its_field_and_what_was_typed_stays(console: Console) -> None:
    page = console.people["admin"].post("/console/accounts/add", {"scope": "第一小学", "role": "king"})
    assert page.status_code == 422
    assert page.text.count(find_sentence("NewAccount", "name")) == 2  # in the list above, and beside the field
    assert page.text.count(find_sentence("NewAccount", "role")) == 2
    assert 'value="第一小学"' in page.text


def test_what_is_refused_later_on_comes_back_with_what_was_typed_too(console: Console) -> None:
    page = console.people["county"].post("/console/unit/more", {"unit": "P01", "people": "3", "office": "教务处"})
    assert page.status_code == 400
    assert find_sentence("MoreSlips", "row") in page.text
    assert 'value="3"' in page.text
    assert 'value="教务处"' in page.text


def test_no_password_is_shown_again(console: Console) -> None:
    page = console.people["admin"].post("/console/password", {"old": "SECRET-1", "new": "SECRET-2", "again": "x"})
    assert page.status_code == 422
    assert "SECRET" not in page.text
