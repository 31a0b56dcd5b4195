import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from tests.browser.conftest import County, Phones
from tests.browser.people import (
    answer_all,
    card,
    choose,
    expect_chosen,
    expect_empty_paper,
    expect_heading,
    expect_receipt,
    go_on,
    has_cards,
    press,
    send,
    touch_all,
)


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_slip_is_scanned_answered_and_counted_once(
    county: County, slips: Iterator[str], phones: Phones, script: bool
) -> None:
    before, slip = county.count_forms(), next(slips)
    phone = phones(java_script_enabled=script)
    page = phone.new_page()

    page.goto(slip)
    expect_heading(page, "义务教育情况问卷（社会卷）")
    assert has_cards(page) == script
    assert page.locator("fieldset").count() == 17
    touch_all(page)
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
    page = phones(java_script_enabled=False).new_page()
    page.goto(next(slips))
    answer_all(page, "不满意", leave=(1,))
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


def test_a_forgotten_question_is_named_before_sending_and_one_touch_away(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    answer_all(page, leave=(5, 9))

    expect(page.get_by_text("还有 2 题没有选。")).to_be_visible()
    page.get_by_role("link", name="去第一道没选的题").click()
    expect(card(page)).to_contain_text("第 5 题")
    choose(page, "不了解")
    expect(page.get_by_text("还有 1 题没有选。")).to_be_visible()
    page.get_by_role("link", name="还没有选").click()
    expect(card(page)).to_contain_text("第 9 题")
    choose(page, "满意")
    send(page)

    expect_receipt(page)


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_who_rather_leaves_questions_out_can_send_what_is_there(
    slips: Iterator[str], phones: Phones, script: bool
) -> None:
    page = phones(java_script_enabled=script).new_page()
    page.goto(next(slips))
    answer_all(page, "不了解", leave=tuple(range(2, 18)))
    if not script:
        send(page)
    press(page, "有的题不想回答，就这样提交")

    expect_receipt(page)


def test_a_wholly_blank_paper_is_sent_back_and_can_be_filled_in(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    answer_all(page, leave=tuple(range(1, 18)))
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("请至少选一题")
    answer_all(page)
    send(page)

    expect_receipt(page)


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_who_takes_no_part_says_so_without_answers_and_is_counted(
    county: County, slips: Iterator[str], phones: Phones, script: bool
) -> None:
    forms = county.count_forms()
    page = phones(java_script_enabled=script).new_page()
    page.goto(next(slips))
    page.get_by_role("link", name="我不想参加").click()
    press(page, "确定不参加")

    expect_receipt(page)
    assert (county.count_forms(), county.status()["refused"]) == (forms + 1, 0)


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_three_pupils_take_turns_and_none_sees_what_another_chose(
    county: County, class_link: str, phones: Phones, script: bool
) -> None:
    before = county.count_forms()
    page = phones(java_script_enabled=script).new_page()
    page.goto(class_link)

    for label in ("非常满意", "非常不满意", "不清楚"):
        expect_empty_paper(page)
        answer_all(page, label)
        send(page)
        expect_receipt(page)
        press(page, "下一位同学")

    expect_empty_paper(page)
    assert county.count_forms() == before + 3
    for _ in range(3):
        with suppress(Error):  # without the script the browser keeps no receipt: it would have to send again
            page.go_back()
        expect_chosen(page, 0)


def test_on_a_public_code_one_group_is_picked(county: County, public_link: str, phones: Phones) -> None:
    before = county.count_forms()
    page = phones().new_page()
    page.goto(public_link)
    expect(page.get_by_text("每名学生的家长填一份")).to_be_visible()
    page.get_by_role("link", name="家长").click()
    expect(page.get_by_text("由家长填写")).to_be_visible()
    answer_all(page)
    send(page)

    expect_receipt(page)
    page.goto(f"{public_link}?group=public")
    expect_receipt(page)
    assert county.count_forms() == before + 1


def test_a_class_types_nine_digits_on_its_computers(county: County, class_link: str, phones: Phones) -> None:
    (text,) = (county.folder / "class-P04").rglob("*.txt")
    (short,) = re.findall(r"输入 (\d{3} \d{3} \d{3})", text.read_text(encoding="utf-8"))
    page = phones(java_script_enabled=False).new_page()
    page.goto(county.address)
    page.get_by_label("答题码").fill(short)
    press(page, "开始答题")

    expect_empty_paper(page)


def test_the_other_language_keeps_what_was_answered(slips: Iterator[str], phones: Phones) -> None:
    page = phones().new_page()
    page.goto(next(slips))
    answer_all(page, leave=(17,))
    page.goto(page.url.split("#")[0])
    page.get_by_role("link", name="English").click()
    expect_heading(page, "Questionnaire on compulsory education (community)")
    expect_chosen(page, 16)
    press(page, "Go on")
    choose(page, "Satisfied")
    go_on(page)
    press(page, "Send")

    expect_heading(page, "Received, thank you")


@pytest.mark.parametrize("lacking", ["DOMParser", "XMLHttpRequest"])
def test_a_browser_without_what_the_script_needs_keeps_the_plain_page(
    slips: Iterator[str], phones: Phones, lacking: str
) -> None:
    phone = phones()
    phone.add_init_script(f"window.{lacking} = undefined")
    page = phone.new_page()
    page.goto(next(slips))
    assert not has_cards(page)
    answer_all(page)
    send(page)

    expect_receipt(page)


def test_a_slip_can_be_typed_and_answered_with_the_keyboard_alone(slips: Iterator[str], phones: Phones) -> None:
    address, code = next(slips).split("/q/")
    page = phones().new_page()
    page.goto(address)
    page.keyboard.press("Tab")
    page.keyboard.type(" ".join(re.findall(".....", code.lower())))
    page.keyboard.press("Enter")
    expect_heading(page, "义务教育情况问卷（社会卷）")

    for stop in ("长辈版（大字）", "English"):
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text(stop)
    page.keyboard.press("Tab")
    expect(page.get_by_label("选好后自动到下一题")).to_be_focused()
    for stop in ("我不想参加", "更多说明", "开始答题"):
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text(stop)
    page.keyboard.press("Enter")
    for _ in range(17):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(18):
        page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("提交答卷")
    page.keyboard.press("Enter")

    expect_receipt(page)
