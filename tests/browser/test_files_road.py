"""From the files that an office already holds to a verdict and a report: no cell is retyped on the way."""

import io
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from zipfile import ZipFile

import openpyxl
from playwright.sync_api import Page, expect

from questionnaires.paper import load_paper
from tests.browser.test_console import Entering, Town, enter, fill_setup, go, print_card, take, town

__all__ = ["enter", "town"]
Rows = Sequence[Sequence[object]]
YEAR = "2025-2026"
PAPER = load_paper("social-2026")
WORDS = cycle(["非常满意", "满意", "满意", "非常满意", "基本满意", "满意", "非常满意", "不满意"])
SCHOOLS: Rows = [
    ["青山区基础教育学校（机构）名录"],
    ["学校（机构）", "", "", "所在地", ""],
    ["学校（机构）标识码", "学校（机构）名称", "学校（机构）办学类型", "学校（机构）所在地城乡分类", "乡（镇、街道）"],
    ["2150012345", "青山区第一小学", "211-小学", "111-主城区", "甲镇"],
    ["2150012346", "青山区第二小学", "211-小学", "220-村庄", "乙镇"],
    ["合计", "2", "", "", ""],
]
CONDITIONS: Rows = [
    ["中小学办学条件"],
    [
        "学校（机构）标识码",
        "学段",
        "在校生数",
        "教学及辅助用房面积",
        "体育运动场馆面积",
        "教学仪器设备值（万元）",
        "填报说明",
    ],
    ["2150012345", "小学", 400, 2400, 3600, 120, ""],
    ["2150012346", "小学", 300, 1800, 2100, 75, ""],
    ["合计", "", 700, 4200, 5700, 195, ""],
]
PLACES = [
    ("家长", "青山区第一小学", "三年级1班", 40),
    ("家长", "青山区第二小学", "三年级1班", 40),
    ("学生", "青山区第一小学", "三年级1班", 40),
    ("教师", "青山区第一小学", "", 20),
    ("校长", "青山区第一小学", "", 12),
    ("人大代表", "甲镇代表团", "", 12),
    ("政协委员", "教育界", "", 12),
    ("其他群众", "乙镇", "", 60),
]
FRAME: Rows = [
    ["调查对象", "单位", "班级", "年级", "总人数", "学段", "城乡", "乡镇街道"],
    *(
        [group, unit, class_name, 3 if class_name else "", people, "小学" if class_name else "", "城区", "甲镇"]
        for group, unit, class_name, people in PLACES
    ),
]


def write_download() -> Rows:
    """Answers as 问卷星 hands them over: its own columns first, then the questions by their texts."""
    own = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "1、您的身份", "2、单位", "3、班级"]
    heads = [*own, *(f"{number}、{item.text}" for number, item in enumerate(PAPER.items, start=4)), "总分"]
    places = [place[:3] for place in PLACES for _ in range(min(place[3], 14) - 2)]
    return [
        heads,
        *(
            [number, "2026/10/20 9:15:33", "115秒", "微信", "N/A", "203.0.113.5(某省-某市)", *place]
            + [next(WORDS) for _ in PAPER.items]
            + [85]
            for number, place in enumerate(places, start=1)
        ),
    ]


def write_book(**sheets: Rows) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def bring(page: Page, kind: str, content: bytes, *, ready: str = "", year: str = "") -> None:
    go(page, "导入")
    page.get_by_label("哪一种表").select_option(kind)
    page.get_by_label("学年").fill(year)
    page.get_by_label("表头和取值的写法").select_option(ready)
    page.get_by_label("文件", exact=False).set_input_files([{"name": "表.xlsx", "mimeType": "", "buffer": content}])
    page.get_by_role("button", name="检查并预览").click()
    page.get_by_role("button", name="导入").click()
    expect(page.get_by_role("status").first).to_have_text("已导入。")


def test_a_download_and_a_yearly_workbook_become_a_verdict_and_a_report(
    town: Town, enter: Entering, tmp_path: Path
) -> None:
    county = enter("county")
    yearly = write_book(名录=SCHOOLS, 办学条件=CONDITIONS)
    bring(county, "schools", yearly, ready="moe-statistics")
    bring(county, "resources", yearly, ready="moe-statistics", year=YEAR)
    bring(county, "frame", write_book(名册=FRAME))
    go(county, "准备")
    fill_setup(county)
    admin = enter("admin")
    go(admin, "准备")
    admin.get_by_role("button", name="开始这个批次…").click()
    admin.get_by_role("button", name="开始", exact=True).click()
    expect(admin.get_by_role("heading", level=1)).to_contain_text("进行中")

    go(county, "导入")
    county.get_by_role("link", name="导入答卷（纸质问卷、其他平台）").click()
    download = write_download()
    sent = {"name": "问卷星.xlsx", "mimeType": "", "buffer": write_book(Sheet1=download)}
    county.get_by_label("答卷文件").set_input_files([sent])  # type: ignore[list-item]
    county.get_by_label("从哪个平台下载的").select_option("wjx-text")
    county.get_by_role("button", name="检查并清点").click()
    expect(county.get_by_role("heading", level=1)).to_have_text(f"新的答卷{len(download) - 1}份")
    county.get_by_role("button", name="封存入库").click()
    expect(county.get_by_role("status").first).to_have_text("答卷已封存入库，计入外部导入。")

    go(admin, "批次")
    admin.get_by_role("button", name="提出结束调查并启封统计").click()
    second = enter("admin2")
    second.get_by_label("您口令卡上的第1号口令").fill(print_card(second, town.address)[0])
    second.get_by_role("button", name="确认结束调查并启封统计").click()
    expect(second.get_by_text("结果已经封存")).to_be_visible(timeout=90_000)

    analyst = enter("analyst")
    go(analyst, "自评")
    analyst.get_by_label("学年", exact=True).select_option(YEAR)
    analyst.get_by_label("评估标准", exact=True).select_option("national-2017")
    analyst.get_by_role("button", name="自评", exact=True).click()
    expect(analyst.get_by_role("heading", level=1)).to_contain_text(f"{YEAR}学年：")
    go(analyst, "批次")
    analyst.get_by_role("button", name="写报告").click()
    with ZipFile(take(analyst, tmp_path)) as archive:
        assert any(name.endswith(".docx") for name in archive.namelist())
