"""A county's year in the console: two imports, judgements, sixty problems, proof, closing, sheets, a package.

Each page on the way is looked at on a desk and on a phone.
"""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
from playwright.sync_api import Page, expect

from tests.browser.test_console import DESK, PHONE, PICTURES, TOO_WIDE, Entering, Town, go, look
from tests.browser.test_console import enter as enter
from tests.browser.test_console import town as town
from tests.program import survey
from tests.test_verdict import JUNIOR, PRIMARY, county_rows

FIRST, SECOND = "2024-2025", "2025-2026"
SCHOOLS = "code,name,kind,township\nP01,第一小学,primary,甲镇\nP02,第二小学,primary,乙镇\nJ01,第一中学,junior,乙镇\n"
FINDINGS = "source,school,indicator,text,measure,lead,post,due\n" + "".join(
    f"市级复核,P0{1 + number % 2},R5,第{number}处场地破损,修复,区教委,计划财务科科长,2099-08-31\n"
    for number in range(1, 61)
)


def look_both(page: Page, name: str) -> None:
    """By every rule on a desk, where the work goes on; on a phone whether it fits, which is what differs there."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert not page.evaluate(TOO_WIDE), name
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"year-{name}-360.png", full_page=True)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    look(page, f"year-{name}")


def give(page: Page, label: str, name: str, content: bytes) -> None:
    page.get_by_label(label, exact=False).set_input_files([{"name": name, "mimeType": "", "buffer": content}])


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def bring(page: Page, kind: str, content: str, year: str = "") -> None:
    """Import a table as it stands, its unusual figures checked."""
    go(page, "导入")
    page.get_by_label("哪一种表").select_option(kind)
    page.get_by_label("学年", exact=False).fill(year)
    page.get_by_label("与其他学校相差悬殊", exact=False).check()
    give(page, "文件（", f"{kind}.csv", content.encode())
    press(page, "检查并预览")
    page.get_by_role("button", name="导入", exact=False).last.click()
    expect(page.get_by_role("status").first).to_have_text("已导入。")


def bring_year(page: Page, year: str, teaching_area: int) -> None:
    small = PRIMARY | {"sports_area": 100, "teaching_area": teaching_area}
    resources = pd.DataFrame([small, PRIMARY | {"school": "P02"}, JUNIOR])
    bring(page, "resources", resources.to_csv(index=False), year)
    bring(page, "county", pd.DataFrame(county_rows()).to_csv(index=False), year)


def judge(page: Page, year: str) -> None:
    go(page, "自评")
    page.get_by_label("学年", exact=True).first.select_option(year)
    press(page, "自评")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{year}学年：自评尚未达到评估标准")


def save(page: Page, name: str) -> bytes:
    with page.expect_download() as download:
        press(page, name)
    return Path(download.value.path()).read_bytes()


def arrange(office: Page, number: str) -> None:
    """Write measure, unit, post and date of a problem."""
    office.goto(f"{office.url.split('/console')[0]}/console/problem?number={number}")
    arranged = {"整改措施": "扩建操场", "牵头单位": "区教委", "责任岗位": "计划财务科科长", "完成时限": "2099-08-31"}
    for label, text in arranged.items():
        office.get_by_label(label, exact=True).fill(text)
    press(office, "保存")
    expect(office.get_by_role("status").first).to_be_visible()


def close(town: Town, school: Page, office: Page, number: str) -> None:
    """The school proves and applies, another person of the office verifies."""
    line = f"{town.address}/console/problem?number={number}"
    school.goto(line)
    give(school, "文件", "操场.pdf", b"%PDF-1.7\n%%EOF\n")
    press(school, "交这个文件")
    expect(school.get_by_role("link", name="操场.pdf")).to_be_visible()
    look_both(school, "own-problem")
    press(school, "申请销号")
    expect(school.get_by_role("heading", level=1)).to_contain_text("已申请销号")
    office.goto(line)
    look_both(office, "applied-problem")
    press(office, "核验销号")
    expect(office.get_by_role("heading", level=1)).to_contain_text("已销号")


def find_line(page: Page, text: str) -> str:
    """The number of the problem of that text, found as a clerk does: by its school."""
    go(page, "问题")
    page.get_by_label("学校", exact=True).fill("第一小学")
    press(page, "查看")
    return page.get_by_role("rowheader").filter(has_text=text).get_by_role("link").inner_text()


def make_sheets(page: Page, year: str) -> list[str]:
    """One sheet for each school, waited for and taken away; the names of its files."""
    go(page, "问题")
    page.get_by_label("学年", exact=True).select_option(year)
    press(page, "制作")
    page.get_by_role("button", name="下载").wait_for(timeout=60_000)
    look_both(page, "sheets")
    with ZipFile(BytesIO(save(page, "下载"))) as archive:
        return archive.namelist()


def test_a_year_is_played_in_the_console(town: Town, enter: Entering, tmp_path: Path) -> None:
    office = enter("admin")
    bring(office, "schools", SCHOOLS)
    bring_year(office, FIRST, teaching_area=1000)
    judge(office, FIRST)
    bring(office, "problems", FINDINGS)
    go(office, "问题")
    expect(office.locator(".head")).to_contain_text("共 64 条：整改中 64")
    look_both(office, "register")
    number = find_line(office, "差7,400平方米体育运动场馆")
    arrange(office, number)
    school = enter("unit")
    close(town, school, office, number)
    go(school, "本校数据")
    look_both(school, "own")
    go(office, "问题")
    office.get_by_role("link", name="收文件", exact=False).click()
    expect(office.get_by_role("link", name="操场.pdf")).to_be_visible()
    look_both(office, "proofs")

    bring_year(office, SECOND, teaching_area=9000)
    judge(office, SECOND)
    look_both(office, "judgements")
    press(office, "两次对照")
    expect(office.get_by_role("heading", level=1)).to_contain_text(FIRST)
    look_both(office, "judgements-beside")
    office.goto(f"{town.address}/console/problem?number={number}")
    expect(office.locator("main")).to_contain_text("自评再次列出，重新打开")

    assert len(make_sheets(office, SECOND)) == 6
    go(office, "自评")
    office.get_by_label("区划代码", exact=False).fill("500114")
    package = save(office, "下载")
    give(office, "收到的县级自评包", "county.zip", package)
    press(office, "核对")
    expect(office.get_by_role("heading", level=1)).to_have_text("这个包一致")
    look_both(office, "package")
    (tmp_path / "county.zip").write_bytes(package)
    assert "一致" in survey("verify", "county.zip", folder=tmp_path).stdout
