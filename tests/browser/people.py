"""What a person does with a paper, whichever way the page shows it."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

ANSWER = """([label, leave]) => {
  const next = document.getElementById("next")
  next.click()
  document.querySelectorAll("fieldset").forEach((one, index) => {
    location.hash = one.id
    if (leave.indexOf(index + 1) < 0) [...one.querySelectorAll(".choice")].find(l => l.textContent === label).click()
  })
  location.hash = "finish"
}"""


def has_cards(page: Page) -> bool:
    """Whether the script has made cards of the plain page."""
    return page.locator("main.cards").count() > 0


def card(page: Page) -> Locator:
    """The one card that is shown."""
    return page.locator(".card.now")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def go_on(page: Page) -> None:
    """To the next card, by whatever the button is called there."""
    page.locator("#next").click()


def choose(page: Page, label: str, touch: Callable[[Locator], None] = Locator.click) -> None:
    """Touch a choice of the card that is shown, and wait for the next card, which comes by itself."""
    shown = card(page).get_attribute("id")
    touch(card(page).get_by_text(label, exact=True))
    expect(page.locator(f"#{shown}.now")).to_have_count(0)


def touch_all(page: Page, label: str = "满意") -> None:
    """Choose the same for every question, as a finger does, and come to the end."""
    if has_cards(page):
        go_on(page)
    for number in range(17):
        choose(page, label) if has_cards(page) else _touch(page, number, label)
    if has_cards(page) and not page.locator("#finish.now").count():
        go_on(page)


def _touch(page: Page, number: int, label: str) -> None:
    page.locator("fieldset").nth(number).get_by_text(label, exact=True).click()


def answer_all(page: Page, label: str = "满意", leave: tuple[int, ...] = ()) -> None:
    """The same, but for the questions to leave, and quicker."""
    page.evaluate(ANSWER, [label, list(leave)]) if has_cards(page) else _mark(page, label, leave)


def _mark(page: Page, label: str, leave: tuple[int, ...]) -> None:
    for number, question in enumerate(page.locator("fieldset").all(), 1):
        if number not in leave:
            question.get_by_label(label, exact=True).check(force=True)


def answer_some(page: Page, label: str, questions: int) -> None:
    """Choose the same for the first questions, and stop there."""
    go_on(page)
    for _ in range(questions):
        choose(page, label)


def send(page: Page) -> None:
    press(page, "提交答卷")


def expect_heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def expect_receipt(page: Page) -> None:
    expect_heading(page, "已收到，谢谢")


def expect_chosen(page: Page, number: int) -> None:
    """How many answers the page holds, shown or not."""
    expect(page.locator("input[type=radio]:checked")).to_have_count(number)


def expect_empty_paper(page: Page) -> None:
    expect_heading(page, "学校生活小问卷（学生卷）")
    expect_chosen(page, 0)
