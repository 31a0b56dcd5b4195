"""Answers stay on the phone that gave them until they are received, and no longer; nobody else sees them."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from questionnaires.paper import FOLDER
from survey_app.answering.code_lookup import REMEMBERED
from survey_app.core.db import connect
from survey_app.core.models import Round
from tests.browser.conftest import County, Phones, open_county
from tests.browser.people import (
    answer_all,
    answer_some,
    card,
    expect_chosen,
    expect_empty_paper,
    expect_heading,
    expect_receipt,
    go_on,
    press,
    send,
)

BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })"
KEPT = "() => Object.keys(localStorage).filter(key => key.startsWith('answers'))"


def leave_by_reload(page: Page) -> Page:
    page.reload()
    return page


def leave_by_the_back_button(page: Page) -> Page:
    link = page.url
    page.goto(link.split("/q/")[0])
    page.go_back()
    return page


def leave_by_a_crash(page: Page) -> Page:
    link, phone = page.url, page.context
    page.close()
    again = phone.new_page()
    again.goto(link.split("#")[0])
    return again


@pytest.mark.parametrize("leave", [leave_by_reload, leave_by_the_back_button, leave_by_a_crash])
def test_who_leaves_in_the_middle_goes_on_where_they_were(
    county: County, slips: Iterator[str], phones: Phones, leave: object
) -> None:
    before = county.count_forms()
    page = phones().new_page()
    page.goto(next(slips))
    answer_some(page, "不满意", 5)

    page = leave(page)  # type: ignore[operator]

    expect_chosen(page, 5)
    if page.locator("#intro.now").count():
        press(page, "接着答题")
    expect(card(page)).to_contain_text("第 6 题")
    answer_all(page)
    send(page)
    expect_receipt(page)
    assert county.count_forms() == before + 1
    assert page.evaluate(KEPT) == []


def test_answers_wait_for_a_day(slips: Iterator[str], phones: Phones) -> None:
    slip = next(slips)
    phone = phones()
    page = phone.new_page()
    page.goto(slip)
    answer_some(page, "不满意", 5)
    tomorrow = phones(storage_state=phone.storage_state()).new_page()
    tomorrow.clock.install(time=timedelta(days=1).total_seconds())
    tomorrow.goto(slip)

    expect_chosen(tomorrow, 5)


def test_a_phone_that_stores_nothing_can_answer_all_the_same(
    county: County, slips: Iterator[str], phones: Phones
) -> None:
    before = county.count_forms()
    phone = phones()
    phone.add_init_script(BLOCKED)
    page = phone.new_page()
    page.goto(next(slips))
    answer_all(page)
    send(page)

    expect_receipt(page)
    assert county.count_forms() == before + 1


def test_a_half_filled_paper_of_a_shared_computer_is_shown_to_nobody_unasked(class_link: str, phones: Phones) -> None:
    computer = phones()
    first = computer.new_page()
    first.goto(class_link)
    answer_some(first, "非常不满意", 3)
    first.close()

    second = computer.new_page()
    second.goto(class_link)
    expect(second.get_by_text("这里有一份没有填完的答卷")).to_be_visible()
    expect_empty_paper(second)
    press(second, "不是我的，重新开始")

    expect(second.get_by_text("这里有一份没有填完的答卷")).to_be_hidden()
    expect_empty_paper(second)
    go_on(second)
    expect_chosen(second, 0)


def test_who_comes_back_to_a_shared_computer_goes_on(class_link: str, phones: Phones) -> None:
    page = phones().new_page()
    page.goto(class_link)
    answer_some(page, "非常不满意", 3)
    page.reload()
    press(page, "是我的，接着填")

    expect_chosen(page, 3)
    expect(card(page)).to_contain_text("第 4 题")


def test_a_page_left_open_starts_anew_when_the_next_person_has_begun(class_link: str, phones: Phones) -> None:
    computer = phones()
    first = computer.new_page()
    first.goto(class_link)
    answer_some(first, "非常不满意", 3)
    computer.request.post(f"{class_link}/next")
    first.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")

    expect_chosen(first, 0)


def test_two_tabs_of_one_code_make_one_form(county: County, slips: Iterator[str], phones: Phones) -> None:
    before, slip = county.count_forms(), next(slips)
    phone = phones()
    one, other = phone.new_page(), phone.new_page()
    for page in (one, other):
        page.goto(slip)
        answer_all(page)
    for page in (one, other):
        send(page)
        expect_receipt(page)

    assert county.count_forms() == before + 1


def test_a_code_spent_on_another_phone_meanwhile_says_so(county: County, slips: Iterator[str], phones: Phones) -> None:
    before, slip = county.count_forms(), next(slips)
    here, there = phones().new_page(), phones().new_page()
    for page in (here, there):
        page.goto(slip)
        answer_all(page)
    send(there)
    expect_receipt(there)
    send(here)

    expect_heading(here, "这个答题码已经用过了")
    expect(here.get_by_text("您刚才填写的答案没有计入")).to_be_visible()
    assert here.evaluate(KEPT) == []
    assert county.count_forms() == before + 1


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county whose service also knows a newer social paper, with another wording of its third question."""
    folder = tmp_path_factory.mktemp("changing")
    papers = shutil.copytree(FOLDER, folder / "papers")
    newer = (papers / "social-2026.toml").read_text(encoding="utf-8")
    newer = newer.replace("social-2026", "social-2027").replace("就近入学的安排", "家门口上学的安排")
    (papers / "social-2027.toml").write_text(newer, encoding="utf-8")
    with open_county(folder, papers) as county:
        yield county


@pytest.mark.parametrize("reopened", [False, True], ids=["page left open", "page opened again"])
def test_a_paper_that_changed_meanwhile_keeps_the_answers_and_says_where(
    changing: County, changing_slips: Iterator[str], phones: Phones, reopened: bool
) -> None:
    slip = next(changing_slips)
    page = phones().new_page()
    use_paper(changing, "social-2026")
    page.goto(slip)
    answer_all(page)
    use_paper(changing, "social-2027")
    if reopened:
        page.goto(slip)
        press(page, "接着答题")
    send(page)

    expect(page.get_by_role("alert")).to_contain_text("问卷有更新")
    expect_chosen(page, 17)
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(1)
    page.get_by_role("link", name="第 3 题").click()
    expect(card(page)).to_contain_text("家门口上学的安排")
    expect(card(page)).to_contain_text("这一题的内容有更新，请再看看。")
    page.goto(f"{slip}#finish")
    send(page)
    expect_receipt(page)


@pytest.fixture(scope="module")
def changing_slips(changing: County) -> Iterator[str]:
    return iter(changing.issue("slips", "P01"))


def use_paper(county: County, paper: str) -> None:
    engine = connect(f"sqlite:///{county.folder / 'survey.db'}")
    with Session(engine) as session, session.begin():
        session.execute(update(Round).values(papers=[paper, "staff-2026", "student-2026"]))
    engine.dispose()
    time.sleep(REMEMBERED)
