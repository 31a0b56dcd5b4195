"""A page that says that something went wrong leads back to the work it was about, as far as the person has it."""

import re
from pathlib import Path

from sqlalchemy import Engine

from survey_app.pages.console.console_access import NAVIGATION, RIGHTS
from survey_app.pages.console.console_drawing import load_words
from tests.console import open_console
from tests.county import open_county

LEADS = [
    ("county", "/console/job/999", "/console/codes", "发码"),
    ("county", "/console/data?kind=none", "/console/import", "导入"),
    ("admin", "/console/problem?number=7", "/console/problems", "问题"),
    ("analyst", "/console/results/minute", "/console/results", "结果"),
    ("unit", "/console/job/999", "/console/unit", "我的单位"),
    ("township", "/console/unit?unit=P02", "/console/codes", "发码"),
    ("township", "/console/accounts", "", ""),
]


def test_each_leads_to_the_page_of_its_work(sqlite_engine: Engine, tmp_path: Path) -> None:
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as console:
        for who, path, page, label in LEADS:
            answer = console.people[who].get(path)
            assert answer.status_code in (403, 404, 409), path
            ways = re.findall('<a class="button[a-z ]*" href="(.*?)">(.*?)</a>', answer.text)
            assert ways == [*([(page, f"回到“{label}”")] if page else []), ("/console", "回到首页")], path


def test_every_work_is_a_page_of_the_head_and_belongs_to_addresses_that_are_there() -> None:
    segments = {path.removeprefix("/console/").split("/")[0].split(".")[0] for _, path in RIGHTS}
    for segment, page in load_words("work").items():
        assert page in NAVIGATION
        assert segment in segments
