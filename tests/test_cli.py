import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import docx
import openpyxl
import pandas as pd
import pypdfium2
import pytest

from survey_app.cli import survey as program
from tests.program import ROOT, survey


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `data` holds the demo county."""
    folder = tmp_path_factory.mktemp("demo")
    survey("demo", "--no-serve", "--forms", 900, "--open-forms", 100, folder=folder)
    return folder


def test_what_the_program_writes_its_owner_alone_can_read(demo: Path) -> None:
    written = [demo / "data", *(demo / "data").rglob("*")]
    assert {"survey.db", "codes.csv", "accounts.csv", "report"} <= {path.name for path in written}
    assert [path.name for path in written if path.stat().st_mode & 0o077] == []


def test_the_demo_leaves_a_reported_round_an_open_one_and_its_codes(demo: Path) -> None:
    rounds = json.loads(survey("round", "list", "--json", folder=demo).stdout)
    assert [listed["state"] for listed in rounds] == ["closed", "open"]
    assert all(listed["invented"] for listed in rounds)
    assert {path.suffix for path in (demo / "data" / "report").iterdir()} == {".docx", ".pdf", ".xlsx", ".html"}
    codes = pd.read_csv(demo / "data" / "codes.csv", keep_default_na=False)
    assert list(codes.columns) == ["code", "url", "group", "unit", "class", "kind", "spent"]
    assert codes["spent"].sum() == 100
    assert set(codes["kind"]) == {"slip", "class"}


def test_the_demo_run_again_shows_what_is_there(demo: Path) -> None:
    before = (demo / "data" / "codes.csv").read_bytes()
    said = survey("demo", "--no-serve", folder=demo).stdout
    assert "/q/" in said
    assert (demo / "data" / "codes.csv").read_bytes() == before


def test_the_demo_run_again_on_another_port_gives_every_link_that_port(demo: Path) -> None:
    said = survey("demo", "--no-serve", "--port", 8765, folder=demo).stdout
    links = pd.read_csv(demo / "data" / "codes.csv")["url"]
    assert links.str.startswith("http://127.0.0.1:8765/q/").all()
    assert re.search(r"答题链接（演示数据）：(.*)", said)[1] in set(links)  # type: ignore[index]
    survey("demo", "--no-serve", folder=demo)


def test_status_has_the_fields_scripts_rely_on(demo: Path) -> None:
    status = json.loads(survey("status", "--json", folder=demo).stdout)
    assert (status["state"], status["forms"]) == ("open", 100)
    assert set(status["groups"]) == {"student", "parent", "teacher", "principal", "deputy", "cppcc", "public"}
    assert status["groups"]["parent"].keys() == {"population", "target", "issued", "forms"}
    assert status["groups"]["parent"]["target"] == 334
    assert sum(group["target"] for group in status["groups"].values()) == 668
    assert status["units"][0].keys() == {"unit", "group", "population", "target", "issued", "spent"}


def test_the_annex_of_a_closed_round_is_written_from_what_was_published(demo: Path) -> None:
    closed = json.loads(survey("round", "list", "--json", folder=demo).stdout)[0]["round"]
    survey("report", "--round", closed, "--part", "annex", "--out", "annex", folder=demo)
    assert len(list((demo / "annex").glob("*.html"))) == 5
    assert "演示数据" in (demo / "annex" / "资源配置.html").read_text(encoding="utf-8")
    assert (demo / "annex" / "附表.xlsx").exists()
    for sheet in openpyxl.load_workbook(demo / "annex" / "复算表.xlsx"):
        sums = r"调查结束及启封记录的校验值：(\w{5}-){7}\w{5}；公布的结果的校验值（SHA-256）：[0-9a-f]{64}。"
        assert re.match(sums, sheet["A2"].value)


def test_the_same_round_gives_the_same_documents_and_paperwork_needs_no_result(demo: Path) -> None:
    closed, live = (listed["round"] for listed in json.loads(survey("round", "list", "--json", folder=demo).stdout))
    survey("report", "--round", closed, "--part", "all", "--out", "again", folder=demo)
    names = {path.name for path in (demo / "data" / "report").iterdir()}
    assert names == {path.name for path in (demo / "again").iterdir()}
    for name in names:
        assert (demo / "again" / name).read_bytes() == (demo / "data" / "report" / name).read_bytes(), name
    report = demo / "again" / "社会认可度自评报告.docx"
    assert survey("report", "check", report, "--round", closed, folder=demo).stdout.startswith("没有发现改动")
    word = docx.Document(str(report))
    word.add_paragraph("各类对象中认可度最高的是家长。")
    word.save(str(demo / "edited.docx"))
    assert "最高" in survey("report", "check", demo / "edited.docx", "--round", closed, folder=demo, code=1).stdout
    refused = survey("report", "check", demo / "data" / "codes.csv", "--round", closed, folder=demo, code=2)
    assert refused.stderr.startswith("这不是 Word 文件")
    briefing = docx.Document(str(demo / "again" / "送审说明.docx"))
    assert "密钥由服务器保管，共1份，启封后都已销毁。" in "".join(line.text for line in briefing.paragraphs)
    assert len(pypdfium2.PdfDocument(demo / "again" / "送审说明.pdf")) == 1
    survey("report", "--round", live, "--part", "paperwork", "--out", "letters", folder=demo)
    assert len(list((demo / "letters").glob("*.docx"))) == 12


def test_the_level_of_the_inserts_heading_can_be_set(demo: Path) -> None:
    closed = json.loads(survey("round", "list", "--json", folder=demo).stdout)[0]["round"]
    survey("report", "--round", closed, "--heading-level", 1, "--out", "level", folder=demo)
    (word,) = (demo / "level").glob("*.docx")
    assert docx.Document(str(word)).paragraphs[0].style.name == "Heading 1"


READS = {
    "audit": [[]],
    "boxes": [[]],
    "bulletin": [["--out", "bulletin"]],
    "round list": [[], ["--json"]],
    "round show": [[], ["--json"]],
    "status": [[], ["--json"]],
}
"""What reads a round while people answer, and how it is called; it shows counts alone."""
REFUSES = {
    "export": ["--out", "tables"],
    "release-audit": [],
    "report": ["--out", "out"],
    "tally": [],
}
"""What reads results: of an open round there are none."""
ACTS = {
    *("follow-up", "issue", "key export", "key renew", "key try", "purge", "revisit"),
    *("round cancel", "round close", "round extend", "round pause", "round resume"),
}
"""What changes a round, or writes slips or a key of it: each says what it did."""
RATE = re.compile(r"\brate|满意|认可度为|0\.8|0\.9|\d%")


def list_commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command by the words that call it."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner
            yield from list_commands(inner, f"{path} {name}".strip())
    else:
        yield path, command


def test_every_command_that_takes_a_round_is_tried_while_one_is_open_or_changes_it() -> None:
    taking = {path for path, command in list_commands(program) if any("--round" in by.opts for by in command.params)}
    assert taking | {"round list"} == {*READS, *REFUSES, *ACTS}


def test_while_a_round_is_open_no_command_shows_a_rate(demo: Path) -> None:
    shown = {
        f"{command} {how}": survey(*command.split(), *how, folder=demo).stdout
        for command, ways in READS.items()
        for how in ways
    }
    assert all(shown.values())
    assert {command: RATE.findall(said) for command, said in shown.items() if RATE.search(said)} == {}
    for word in (demo / "bulletin").glob("*.docx"):
        told = "".join(line.text for line in docx.Document(str(word)).paragraphs)
        assert not re.search("满意|认可度为", told)  # its percents are of who has answered
    refused = survey("report", "--round", "2026-99", "--out", "out", folder=demo, code=2)
    assert refused.stderr.count("\n") == 1
    open_name = json.loads(survey("round", "show", "--json", folder=demo).stdout)["round"]
    for command, how in REFUSES.items():
        answer = survey(command, "--round", open_name, *how, folder=demo, code=2)
        assert ("还没有结束" in answer.stderr, RATE.findall(answer.stdout)) == (True, []), command


def test_judge_finds_every_published_count_and_names_who_falls_short(demo: Path) -> None:
    tables = demo / "data" / "tables"
    files = [part for kind in ("schools", "resources", "county") for part in (f"--{kind}", tables / f"{kind}.csv")]
    found = json.loads(survey("judge", "--standard", "qianjiang-2020", *files, "--json", folder=demo, code=1).stdout)
    assert found["verdict"] == "not_met"
    plan = pd.read_csv(ROOT / "tests" / "data" / "qianjiang_plan.csv")
    printed = plan[(plan["period"] == "现状") & plan["id"].str.startswith("R")]
    indicators = found["dimensions"]["resources"]["indicators"]
    for row in printed.itertuples():
        judged = indicators[row.id][row.stage]
        assert (judged["met"], judged["schools"]) == (row.schools_met, row.schools_total)
    for school in found["dimensions"]["resources"]["schools"]:
        short = {shortage["indicator"]: shortage for shortage in school["short"]}
        assert len(short) == 7 - school["met"]
        assert all(shortage["lacks"] > 0 and shortage["value"] < shortage["threshold"] for shortage in short.values())


def test_a_whole_round_from_templates_to_the_report(tmp_path: Path) -> None:
    survey("template", "frame", "--out", "frame.csv", folder=tmp_path)
    pd.DataFrame(
        {
            "group": ["parent", "student", "teacher", "principal", "deputy", "cppcc", "public"],
            "unit": ["P01", "P01", "P01", "P01", "代表团", "界别", "甲镇"],
            "class": ["三年级1班", "三年级1班", "", "", "", "", ""],
            "grade": [3, 3, None, None, None, None, None],
            "population": [40, 40, 30, 12, 20, 20, 200],
            "invited": [40, 40, 30, 12, 20, 20, 100],
        }
    ).to_csv(tmp_path / "frame.csv", index=False)
    survey("import", "frame", "frame.csv", folder=tmp_path)
    opening = [
        "round", "open", "--county", "青山区", "--telephone", "023-79220000", "--organiser", "青山区督导室",
            "--population", 400000,
        "--population-source", "2020年人口普查", "--year", "2025-2026",
    ]  # fmt: skip
    assert "教育部" in survey(*opening, folder=tmp_path, typed="y\n", code=2).stderr
    survey(*opening, folder=tmp_path, typed="n\n")
    survey("issue", "--kind", "class", "--out", "codes", folder=tmp_path)
    survey("issue", "--out", "slips", folder=tmp_path)
    assert {path.suffix for path in (tmp_path / "codes").rglob("*.*")} == {".pdf", ".png", ".txt"}
    assert len(list((tmp_path / "slips").rglob("*.pdf"))) == 4
    files = Path(__file__).parent / "data" / "files"
    numbers = pd.read_excel(files / "option_numbers.xlsx", engine="calamine").head(12)
    numbers.to_csv(tmp_path / "paper.csv", index=False)
    assert "--coding" in survey("import", "responses", "paper.csv", folder=tmp_path, code=2).stderr
    taken = survey("import", "responses", "paper.csv", "--coding", "best-is-1", folder=tmp_path).stdout
    assert "家长　P01　12份" in taken
    assert "已封存入库12份" in taken
    again = survey("import", "responses", "paper.csv", "--coding", "best-is-1", folder=tmp_path, code=2)
    assert "以前已经导入过" in again.stderr
    survey("round", "pause", folder=tmp_path)
    survey("round", "resume", folder=tmp_path)
    survey("round", "close", folder=tmp_path, code=2)
    survey("round", "close", "--yes", folder=tmp_path)
    survey("report", "--out", "report", folder=tmp_path)
    assert {path.suffix for path in (tmp_path / "report").iterdir()} == {".docx", ".pdf"}
    actions = [row["action"] for row in json.loads(survey("audit", "--json", folder=tmp_path).stdout)]
    assert actions == [
        "import",
        "open",
        "no_trial",
        "no_trial",
        "issue",
        "issue",
        "import_forms",
        "pause",
        "resume",
        "close",
        "open_boxes",
        "publish",
        "seal",
    ]


def test_a_bad_file_is_refused_whole_with_one_line_a_problem(tmp_path: Path) -> None:
    pd.DataFrame(
        {
            "code": ["P01", "P01", "P02"], "name": ["一小", "二小", "三小"], "kind": ["primary", "primary", "palace"],
        }
    ).to_csv(tmp_path / "schools.csv", index=False)  # fmt: skip
    refused = survey("import", "schools", "schools.csv", folder=tmp_path, code=2)
    assert len(refused.stderr.splitlines()) == 2
    assert survey("audit", "--json", folder=tmp_path).stdout.strip() == "[]"


def test_bad_names_end_with_status_2_and_no_traceback(tmp_path: Path) -> None:
    for command in (
        ["status"],
        ["import", "resources", "nothing.csv", "--year", "2025-2026"],
        ["import", "resources", "nothing.csv"],
        ["judge", "--standard", "nowhere-1999", "--resources", "a.csv", "--county", "b.csv"],
        ["estimate", "--rule", "quality-2024", "--frame", "a.csv", "--responses", "b.csv"],
        ["issue", "--out", "x"],
    ):
        assert survey(*command, folder=tmp_path, code=2).stderr


@pytest.mark.parametrize(
    "command",
    [
        ["nothing"],
        ["round", "reopen"],
        ["estimate", "--frame", "a.csv"],
        ["plan", "--population", "many", "--rule", "quality-2024"],
        ["judge", "--standard", "nowhere-1999", "--resources", "a.csv", "--county", "b.csv"],
    ],
)
def test_a_command_that_is_called_wrongly_is_told_so_in_one_line(command: list[str], tmp_path: Path) -> None:
    told = survey(*command, folder=tmp_path, code=2).stderr
    assert told.count("\n") == 1
    assert told.endswith(" --help）\n")


LOOKING = (
    "doctor|audit --verify|backup kept|boxes|bulletin --out today|key export kept|purge --yes|status|tally|"
    "report --out report|problem list|user list|round list|judgements|check"
)


@pytest.mark.parametrize("command", LOOKING.split("|"))
def test_a_command_that_looks_at_a_county_makes_none_where_there_is_none(command: str, tmp_path: Path) -> None:
    told = survey(*command.split(), "--dir", "mistyped", folder=tmp_path, code=2).stderr
    [line] = told.splitlines()
    assert str(tmp_path / "mistyped" / "survey.db") in line
    assert "--dir" in line
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_county_and_a_command_that_begins_one_makes_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "survey.db").touch()
    survey("doctor", folder=tmp_path, code=2)
    assert [(path.name, path.stat().st_size) for path in (tmp_path / "data").iterdir()] == [("survey.db", 0)]
    survey("user", "add", "张甲", "--role", "county", folder=tmp_path)
    assert "张甲" in survey("user", "list", folder=tmp_path).stdout


def test_packs_that_ship_have_no_problem(tmp_path: Path) -> None:
    survey("check", folder=tmp_path)
    listed = json.loads(survey("standards", "--json", folder=tmp_path).stdout)
    assert {"national-2017", "qianjiang-2020"} <= {standard["standard"] for standard in listed}
