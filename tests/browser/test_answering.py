import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import County, Phones


def answer_all(page: Page, label: str = "满意") -> None:
    """Choose the same for every question, as a finger does."""
    for question in page.get_by_role("group").all():
        question.get_by_text(label, exact=True).click()


def send(page: Page) -> None:
    page.get_by_role("button", name="提交答卷").click()


def expect_heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def expect_empty_paper(page: Page) -> None:
    expect_heading(page, "学校生活小问卷（学生卷）")
    expect(page.locator("input:checked")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_slip_is_scanned_answered_and_counted_once(
    county: County, slips: Iterator[str], phones: Phones, script: bool
) -> None:
    before, slip = county.count_forms(), next(slips)
    phone = phones(java_script_enabled=script)
    page = phone.new_page()

    page.goto(slip)
    expect_heading(page, "义务教育情况问卷（社会卷）")
    assert page.get_by_role("group").count() == 17
    answer_all(page)
    send(page)
    expect_heading(page, "已收到，谢谢")

    receipt = phone.request.get(slip).text()
    again = phone.request.post(slip, form={"overall": "1", "blank_ok": "1"})
    assert (again.status, again.text()) == (200, receipt)
    page.go_back()
    expect_heading(page, "已收到，谢谢")

    stranger = phones(java_script_enabled=script).new_page()
    stranger.goto(slip)
    expect_heading(stranger, "这个答题码已经用过了")

    assert county.count_forms() == before + 1


def test_a_forgotten_question_is_found_and_nothing_else_has_to_be_answered_again(
    slips: Iterator[str], phones: Phones
) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    for question in page.get_by_role("group").all()[1:]:
        question.get_by_text("不满意", exact=True).click()
    page.get_by_label("还有想说的").fill("操场\n很好")
    send(page)

    expect(page.get_by_role("alert")).to_contain_text("还没有收到您的答卷")
    expect(page.locator("input:checked")).to_have_count(16)
    expect(page.get_by_label("还有想说的")).to_have_value("操场 很好")
    page.get_by_role("link", name="第 1 题").click()
    expect(page.get_by_role("group", name="第 1 题")).to_be_in_viewport(ratio=0.9)
    page.get_by_role("group", name="第 1 题").get_by_text("基本满意", exact=True).click()
    send(page)

    expect_heading(page, "已收到，谢谢")


def test_who_rather_leaves_questions_out_can_send_what_is_there(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    page.get_by_text("不了解", exact=True).first.click()
    send(page)
    page.get_by_role("button", name="有的题不想回答，就这样提交").click()

    expect_heading(page, "已收到，谢谢")


def test_pupils_take_turns_and_none_sees_what_another_chose(county: County, class_link: str, phones: Phones) -> None:
    before = county.count_forms()
    page = phones(java_script_enabled=False).new_page()
    page.goto(class_link)

    for label in ("非常满意", "非常不满意", "不清楚"):
        expect_empty_paper(page)
        answer_all(page, label)
        send(page)
        expect_heading(page, "已收到，谢谢")
        page.get_by_role("button", name="下一位同学").click()

    expect_empty_paper(page)
    assert county.count_forms() == before + 3
    while page.go_back() is not None and page.url == class_link:
        expect_empty_paper(page)


def test_a_slip_can_be_typed_and_answered_with_the_keyboard_alone(slips: Iterator[str], phones: Phones) -> None:
    address, code = next(slips).split("/q/")
    page = phones().new_page()
    page.goto(address)
    page.keyboard.press("Tab")
    page.keyboard.type(" ".join(re.findall("....", code.lower())))
    page.keyboard.press("Enter")
    expect_heading(page, "义务教育情况问卷（社会卷）")

    for _ in range(17):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect_heading(page, "已收到，谢谢")
