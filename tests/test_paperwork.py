"""Paperwork: complete, signed by hand, and without a word that hints at an answer."""

from dataclasses import replace
from hashlib import sha256

import docx
import pytest

from questionnaires.paper import FOLDER
from reports.handouts.handout_words import load_handout_words, say_whose
from reports.handouts.notices import WordingError
from reports.report.paperwork import LETTERS, REQUIRED, draft, letter, write_paperwork
from tests.test_section import FACTS, PAPERS, table_of, text_of


@pytest.mark.parametrize("name", LETTERS)
def test_what_goes_to_schools_and_families_names_no_answer_and_no_target(name):
    text = text_of(letter(name, FACTS))
    assert [word for word in load_handout_words().forbidden if word in text] == []
    assert say_whose(FACTS.county, FACTS.organiser, FACTS.telephone) in text
    assert "5月12日至5月16日" in text


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_leaves_no_telephone_to_be_written_in_that_it_names_itself(name):
    known, unknown = (text_of(letter(name, replace(FACTS, telephone=number))) for number in ("0000-7654321", ""))
    assert "电话：0000-7654321。" in known
    assert "电话：＿＿" not in known
    assert "电话：＿＿" in unknown


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        (REQUIRED[0], ("第五十五条", "必要性", "监护人同意", "至少保存三年", "□不开展")),
        (REQUIRED[1], ("每年", "网信", "审计年度", "上一年度问题")),
        (REQUIRED[2], ("审批", "白名单", "学校不做什么")),
    ],
)
def test_what_law_asks_for_is_drafted_and_left_to_be_judged_and_signed(name: str, asked: tuple[str, ...]) -> None:
    document = letter(name, FACTS)
    text = text_of(document)
    cells = "".join(cell for block in document.blocks for row in getattr(block, "rows", ()) for cell in row)
    assert [part for part in asked if part not in text + cells] == []
    assert "5月12日至5月16日" in text + cells
    assert [word for word in load_handout_words().forbidden if word in text + cells] == []


def test_a_remark_is_named_as_a_risk_only_where_a_paper_asks_for_one() -> None:
    without = replace(FACTS, papers=tuple(paper.model_copy(update={"remark": ""}) for paper in FACTS.papers))
    assert "选填的意见" in [row[0] for row in _handled(FACTS)]
    assert "选填的意见" not in [row[0] for row in _handled(without)]


def _handled(facts):
    return table_of(letter(REQUIRED[0], facts), "处理哪些信息").rows


def test_a_county_name_with_a_forbidden_word_is_refused():
    with pytest.raises(WordingError, match="满意"):
        letter(LETTERS[0], replace(FACTS, county="满意县"))


def test_parents_learn_how_to_refuse_and_what_is_kept():
    text = text_of(letter("致家长的一封信", FACTS))
    assert all(part in text for part in ("怎样不参加", "不用说明理由", "不收集什么", "保存到", "投诉", "□不参加"))


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("班主任须知", ("打乱后由本人自取，不登记谁拿了哪一张", "原样转发", "自愿参与", "每个孩子的家庭只填一次")),
        ("微机室操作单", ("不念题，不看屏幕，不代填", "不愿参加的同学也打开页面，选“我不想参加”", "下一位同学")),
    ],
)
def test_a_page_for_teachers_says_what_they_do_and_leave(name: str, asked: tuple[str, ...]) -> None:
    text = text_of(letter(name, FACTS))
    assert [part for part in asked if part not in text] == []


@pytest.mark.parametrize("paper", PAPERS, ids=[paper.kind for paper in PAPERS])
def test_a_draft_has_every_item_its_version_its_hash_and_room_to_sign(paper):
    document = draft(paper, FACTS)
    about = dict(table_of(document, "送审信息").rows)
    hashed = sha256((FOLDER / f"{paper.id}.toml").read_bytes()).hexdigest()
    assert (about["问卷版本"], about["校验值"].replace(" ", "")) == (paper.id, hashed)
    assert all(item.text in text_of(document) for item in paper.items)
    assert [row[0] for row in table_of(document, "审核签发").rows] == ["拟稿", "审核", "签发"]


def test_all_of_it_is_written_as_word_and_the_same_each_time(tmp_path):
    first = [path.read_bytes() for path in write_paperwork(tmp_path / "a", FACTS)]
    again = write_paperwork(tmp_path / "b", FACTS)
    assert [path.read_bytes() for path in again] == first
    assert [path.name for path in again] == [
        *(f"问卷送审稿（{kind}）.docx" for kind in ("社会卷", "校长教师卷", "学生卷")),
        *(f"{name}.docx" for name in (*LETTERS, *REQUIRED)),
        "倒排日程.docx",
    ]
    assert docx.Document(str(again[0])).paragraphs[0].style.name == "Title"


def test_invented_rounds_are_marked():
    assert letter(LETTERS[0], replace(FACTS, invented=True)).mark == "演示数据"
