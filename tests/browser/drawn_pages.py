"""Papers as the service draws them, shown to a browser without a service: for what happens on the page alone."""

from datetime import datetime

from playwright.sync_api import BrowserContext, Page, Route

from survey_app.pages.page_drawing import HEADERS, Sheet, draw_paper, draw_receipt
from survey_app.pages.response_headers import EVERYWHERE

ADDRESS = "http://127.0.0.1:1"
NUMBER = "0123456789abcdef" * 2
PAPERS = {"parent": "social-2026", "teacher": "staff-2026", "student": "student-2026"}


def draw_sheet(
    group: str = "parent",
    *,
    kind: str = "slip",
    language: str = "zh-CN",
    paper: str = "",
    remarks: bool = False,
    voices: str = "",
) -> Sheet:
    """What a paper's page depends on, in an invented county."""
    return Sheet(
        paper=paper or PAPERS[group],
        group=group,
        language=language,
        kind=kind,
        county="青山区",
        organiser="青山区人民政府教育督导室",
        closes=datetime(2026, 12, 1),
        invented=True,
        remarks=remarks,
        telephone="023-79220000",
        voices=voices,
    )


def open_drawn(phone: BrowserContext, sheet: Sheet, receipt: bytes = bytes(15)) -> Page:
    """The paper in a phone; whatever it sends is answered with a receipt of this number."""
    page = phone.new_page()
    paper = draw_paper(sheet, NUMBER).plain
    about = {"kind": sheet.kind, "group": sheet.group, "invented": True}
    received = draw_receipt(receipt, sheet.language, code="", sealed=True, **about).plain

    def answer(route: Route) -> None:
        body = received if route.request.method == "POST" else paper
        route.fulfill(body=body, content_type="text/html", headers=EVERYWHERE | HEADERS)

    page.route(f"{ADDRESS}/**", answer)
    page.goto(f"{ADDRESS}/q/0000")
    return page
