"""Every page that the console gives without being sent a form: axe-core finds nothing, none is wider than its window.

The store is that of `tests/test_contract.py`, with every kind and state of everything. Pages that answer a form
(previews, questions, what was refused) are looked at on the roads of the other tests here.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from survey_app.pages.console.console_drawing import draw
from tests.browser.test_console import DESK, PHONE, TOO_WIDE
from tests.console import Console
from tests.test_contract import console, list_templates, list_ways

__all__ = ["console"]
MOST_WAYS = 40
SCHOOL_ALONE = ("/console/own",)
MORE = (
    *("/console/data/row?kind=schools&key=S0&column=name", "/console/data/new?kind=schools"),
    *("/console/accounts/scope?name=unit", "/console/accounts/agree?name=admin2", "/console/results?round=2025-1"),
)
"""Pages that are about something that the walk does not name."""
EMPTY: dict[str, Any] = {
    **{"person": {"name": ""}, "path": None, "done": "", "invented": False, "csrf": "", "key": "", "problems": ()},
    "typed": dict.fromkeys(("name_1", "name_2", "name_3"), ""),
}
FILES = {
    *("/console/accounts/letter", "/console/accounts/template", "/console/bulletin/{kind}", "/console/calendar.docx"),
    *(
        "/console/data.xlsx",
        "/console/log.csv",
        "/console/papers/sheets",
        "/console/paperwork.zip",
        "/console/plotly/{name}",
    ),
    *(
        "/console/problems/letters",
        "/console/proofs/file",
        "/console/proofs/package",
        "/console/results/minute",
        "/console/revisit/sheet",
    ),
    *("/console/sample/record/{form}", "/console/template/{kind}", "/console/voice/sound", "/console/watch.xlsx"),
}
ELSEWHERE = {
    "/console": "leads on to a page",
    "/console/events": "a stream",
    "/console/login/first": "before there is anybody: drawn here from its template",
    "/console/judgements/compare": "two judgements: test_a_year",
}


def list_pages(console: Console) -> Iterator[tuple[str, str]]:
    """Of each way of asking the longest page that it gives, and what that page is asked with."""
    ways = [way for way in (*list_ways(console, ()), *MORE) if way.startswith("/console") and way != "/console/events"]
    for address, asked in groupby(sorted(ways, key=name_way), key=name_way):
        person = console.people["unit" if address in SCHOOL_ALONE else "admin"]
        some = list(asked)
        answers = {way: person.get(way) for way in [*some[:MOST_WAYS], some[-1]]}
        pages = {way: answer.text for way, answer in answers.items() if is_page(answer)}
        if pages:
            yield max(pages.items(), key=lambda page: len(page[1]))


def name_way(way: str) -> str:
    """The address without what is asked with: jobs and papers are one each."""
    address = way.split("?")[0]
    return next((room for room in ("/console/job", "/console/paper/") if address.startswith(room)), address)


def is_page(answer: Any) -> bool:
    return answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")


def find_faults(page: Page) -> list[object]:
    """What axe-core, which is in the page already, finds, and whether the page is too wide."""
    found = page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html.slice(0, 160)])")
    return [*found, *(["too wide"] if page.evaluate(TOO_WIDE) else [])]


def test_every_page_can_be_used_by_everybody(chromium: Browser, console: Console) -> None:
    pages = list(list_pages(console))
    served = {name_way(template) for template in list_templates(console) if template.startswith("/console")}
    assert served - {name_way(way) for way, _ in pages} == FILES | set(ELSEWHERE)
    page = chromium.new_context(viewport=DESK, locale="zh-CN").new_page()  # type: ignore[arg-type]
    wrong = {}
    for way, html in (*pages, ("first", draw("first", **EMPTY).decode())):
        page.set_content(html)
        page.evaluate(Axe().axe_script)
        for viewport in (DESK, PHONE):
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            if faults := find_faults(page):
                wrong[way, viewport["width"]] = faults
    page.context.close()
    assert wrong == {}
