"""The office's table of words: what it does not say stands in no template, word list, message, document or page."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.console import open_console
from tests.county import open_county
from tests.golden_counties import COUNTIES, golden
from tests.house import ROOT, find_chinese, list_modules
from tests.test_true_counties import PublishedRound, documents_of, words_of

NOT_SAID = {
    "自查报告": "自评报告（县级自评）",
    "县级自查|自查表": "县级自评；自查只用于学校和部门每年的自查",
    "自评结论为": "自评达到评估标准、尚未达到评估标准",
    "暂不能判定": "资料不全，暂不作结论",
    "对已作答者成立|不能排除无应答影响": "就已回收的有效答卷而言",
    "现有样本尚不能判断": "按现有样本，尚不足以判断",
    "把握程度": "结论的可靠程度",
    "发码批次": "发放批次",
    "结束批次|(?<!调查)结束记录": "结束调查并启封统计；调查结束及启封记录",
    "(?<!启封)密钥单|(?<!加密)封存答卷": "启封密钥单；加密封存的答卷",
    "(?<!抽样情况)抽样记录": "抽样情况记录表",
    "交给(?!老师|班主任|督导|三位|本人|.{0,3}保管)|在谁手里": "领取单位（领取人）；保管情况",
    "应参与": "受邀人数",
    "(?<!回)已收(?![到取回])|还缺|(?<!达)够最低样本": "已回收、尚缺、已达到最低样本量",
    "认可率": "社会认可度、认可度",
    "证据包": "复算材料包",
    "督查通报": "督导通报",
    "一校一案": "一校一策",
    "方差单元|统计归属": "统计合并单元",
    "(?<![a-z./\"'(`])/check(?![a-z])": "回执查询",
}
"""What an office does not say, as patterns, and what is said."""

QUOTED = ("analysis/standards", "questionnaires/papers", "questionnaires/rules")
"""A plan's own tasks are quoted, and published editions and rules are locked: their words never change."""

LISTS = ("reports/templates", "survey_app", "analysis", "questionnaires")
KINDS = (".toml", ".html", ".jinja", ".typ", ".txt", ".js", ".csv")


@cache
def list_texts():
    """Every text that somebody reads, by where it stands."""
    files = [path for folder in LISTS for path in (ROOT / folder).rglob("*") if path.suffix in KINDS]
    files += [*(ROOT / "docs").glob("*.zh-CN.md"), ROOT / "README.zh-CN.md", *(ROOT / "tests" / "golden").iterdir()]
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}
    texts |= {str(path.relative_to(ROOT)): join_chinese(path) for path in list_modules()}
    return {name: text for name, text in texts.items() if not name.startswith(QUOTED)}


def join_chinese(path: Path) -> str:
    """The Chinese texts of a module, docstrings (which commands print) as well."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = [ast.unparse(text) for text in find_chinese(tree)]
    documented = (ast.FunctionDef, ast.ClassDef, ast.Module)
    said += [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, documented)]
    return "\n".join(said)


def find_words(texts, pattern):
    """Where a word stands that is not said, with what stands around it."""
    return [
        f"{name}: {text[max(0, found.start() - 10) : found.end() + 10]!r}"
        for name, text in texts.items()
        for found in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize("pattern", NOT_SAID)
def test_no_text_says_what_the_office_does_not_say(pattern):
    assert len(list_texts()) > 300
    assert find_words(list_texts(), pattern) == []


@pytest.mark.parametrize("name", COUNTIES)
def test_no_document_of_a_golden_county_says_it(name):
    facts, published = golden(name)
    round_ = PublishedRound(facts=facts, published=published)
    for document in documents_of(round_):
        written = words_of(document)
        said = "\n".join([*written.paragraphs, *("|".join(row) for table in written.tables for row in table)])
        assert [found for pattern in NOT_SAID for found in find_words({name: said}, pattern)] == []


PAGES = ("watch", "codes", "unit?unit=P01", "papers", "round", "keys", "setup", "import", "sample", "words")
SCRIPT = re.compile("<script.*?</script>|<style.*?</style>", re.DOTALL)


def test_no_page_of_the_console_says_it(sqlite_engine, tmp_path):
    open_county(sqlite_engine)
    with open_console(sqlite_engine, tmp_path / "store") as console:
        pages = {page: console.people["admin"].get(f"/console/{page}").text for page in PAGES}
    shown = {
        page: re.sub("<script.*?</script>|<style.*?</style>", "", text, flags=re.S) for page, text in pages.items()
    }
    assert all("<h1" in text for text in shown.values())
    assert [found for pattern in NOT_SAID if "/check" not in pattern for found in find_words(shown, pattern)] == []


WRONG = (
    *("县级自查报告", "自评结论为达到", "暂不能判定", "把握程度", "发码批次", "结束批次", "结束记录", "三张密钥单"),
    *("抽样记录", "交给了谁", "应参与36人", "已收3份", "还缺2份", "照此够最低样本", "认可率", "证据包", "督查通报"),
    *("一校一案", "统计归属", "请到 /check 查询", "对已作答者成立", "现有样本尚不能判断"),
)
RIGHT = (
    *("启封密钥单", "调查结束及启封记录", "抽样情况记录表", "已收到", "已回收3份", "把回执交给老师"),
    *("学校自查", "加密封存的答卷", "本次调查", "发放批次"),
)


@pytest.mark.parametrize("said", WRONG)
def test_each_word_would_be_found(said):
    assert [pattern for pattern in NOT_SAID if find_words({"text": said}, pattern)]


@pytest.mark.parametrize("said", RIGHT)
def test_what_is_said_is_not_taken_for_it(said):
    assert [pattern for pattern in NOT_SAID if find_words({"text": said}, pattern)] == []
