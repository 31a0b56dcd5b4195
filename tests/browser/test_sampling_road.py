"""From a frame to a drawn sample, its signed record and codes for those who were drawn, as an office plays it."""

from pathlib import Path

import docx
import pandas as pd
from playwright.sync_api import expect
from sqlalchemy import create_engine

from tests.browser.test_console import SCHOOLS, Entering, Town, bring, enter, fill_setup, go, look, take, town

__all__ = ["enter", "town"]
FRAME = """group,unit,class,grade,population,invited,stage,locale,township
parent,P01,三年级1班,3,40,40,primary,city,甲镇
parent,P01,三年级2班,3,41,41,primary,city,甲镇
parent,P01,四年级1班,4,42,42,primary,city,甲镇
parent,P02,五年级1班,5,40,40,primary,city,乙镇
parent,P02,五年级2班,5,38,38,primary,city,乙镇
student,P01,三年级1班,3,40,40,primary,city,甲镇
student,P02,五年级1班,5,40,40,primary,city,乙镇
teacher,P01,,,20,20,,city,甲镇
principal,P01,,,12,12,,city,甲镇
deputy,甲镇代表团,,,12,12,,,甲镇
cppcc,教育界,,,12,12,,,
public,乙镇,,,200,200,,,乙镇
"""


def test_a_sample_is_drawn_signed_and_codes_are_made_for_those_who_were_drawn(
    town: Town, enter: Entering, tmp_path: Path
) -> None:
    county = enter("county")
    bring(county, "schools", SCHOOLS)
    bring(county, "frame", FRAME)
    go(county, "抽样")
    expect(county.get_by_role("alert")).to_contain_text("准备")
    go(county, "准备")
    fill_setup(county)

    go(county, "抽样")
    look(county, "sample-proposal")
    county.get_by_label("其他群众不分层邀请人数").fill("20")
    county.get_by_label("随机种子").fill("20251120")
    county.get_by_role("button", name="抽取", exact=True).click()
    expect(county.get_by_role("alert")).to_contain_text("改动理由")
    county.get_by_label("其他群众不分层的改动理由").fill("人手不够")
    county.get_by_role("button", name="抽取", exact=True).click()
    expect(county.get_by_role("status").first).to_contain_text("已抽样")
    look(county, "sample-drawn")
    with county.expect_download() as download:
        county.get_by_role("link", name="下载抽样情况记录表（Word）").click()
    path = tmp_path / "record.docx"
    download.value.save_as(path)
    cells = [cell.text for table in docx.Document(str(path)).tables for row in table.rows for cell in row.cells]
    assert {"20251120", "人手不够", "监督人"} <= set(cells)

    admin = enter("admin")
    go(admin, "准备")
    admin.get_by_role("button", name="开始这个批次…").click()
    admin.get_by_role("button", name="开始", exact=True).click()
    expect(admin.get_by_role("heading", level=1)).to_contain_text("进行中")
    go(admin, "发码")
    admin.get_by_label("哪一种").select_option("slips")
    admin.get_by_role("button", name="开始制作").click()
    admin.get_by_role("button", name="制作", exact=True).click()
    assert take(admin, tmp_path).suffix == ".zip"
    with create_engine(f"sqlite:///{town.folder / 'survey.db'}").connect() as store:
        rows = pd.read_sql("select id, population, invited from frame_row", store)
        codes = pd.read_sql("select frame_row_id, sum(codes) as codes from batch group by 1", store)
    assert rows["invited"].sum() < rows["population"].sum()
    made = codes.set_index("frame_row_id")["codes"]
    assert made.to_dict() == rows[rows["invited"] > 0].set_index("id")["invited"].to_dict()
