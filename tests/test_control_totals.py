"""Control totals: they are the sums a person finds in the file, and change with any figure of it."""

from pathlib import Path

from survey_app.frame.control_totals import control_totals
from survey_app.frame.sheets import read_sheet

FILES = Path(__file__).parent / "data" / "files"


def totals(path: Path, kind: str = "frame") -> dict[str, str]:
    return {total.label: total.total for total in control_totals(read_sheet(kind, path)).columns}


def test_a_frame_is_told_by_units_classes_people_by_group_and_column_sums(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("group,unit,class,population,invited\nparent,P1,一班,40,30\nparent,P1,二班,41,\nteacher,P2,,9,5\n")
    assert totals(path) == {
        "单位数": "2",
        "班级数": "2",
        "家长": "81",
        "教师": "9",
        "总人数": "90",
        "邀请人数": "76",
    }


def test_sheets_that_were_joined_are_named_and_counted_together() -> None:
    found = control_totals(read_sheet("schools", FILES / "two_sheets.xlsx"))
    assert (found.rows, found.sheets) == (4, ("小学", "初中"))
    assert found.sentence == "核对数：读入 4 行，来自 小学、初中；学校数 4。"


def test_rates_of_the_county_are_never_added_up() -> None:
    assert totals(FILES / "literal_percent.xlsx", "county") == {"指标数": "1"}
