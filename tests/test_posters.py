import re
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from reports.handouts.notices import Notice, WordingError
from reports.handouts.posters import notice_text, render_png, render_poster, write_class_codes
from reports.handouts.slips import ClassCode
from survey_app.core.models import Round
from survey_app.results.code_papers import notice_of
from survey_app.results.documents import facts_of

NOTICE = Notice(
    county="明江县",
    organiser="明江县人民政府教育督导室",
    title="义务教育优质均衡发展社会认可度调查",
    opens=date(2025, 10, 20),
    closes=date(2025, 10, 25),
    invented=False,
)
PARENTS = ClassCode(
    url="https://survey.example.cn/q/ABCDEFGHJKLMNPQR",
    code="ABCDEFGHJKLMNPQR",
    group="parent",
    unit="城关小学",
    class_name="三年级2班",
    people=45,
)
PUPILS = replace(PARENTS, group="student")
PUBLIC = replace(PARENTS, group="public", unit="城关镇政务大厅", class_name="", people=0)
DEPUTIES = replace(PARENTS, group="deputy", unit="城关镇代表团", class_name="", people=12)
SELF_CHECK = (
    "本调查由明江县人民政府教育督导室组织，用于本县自评，不是教育部的调查。请如实填写，任何人不得要求您怎么选。"
)


def read_poster(class_code, notice=NOTICE):
    (page,) = pypdfium2.PdfDocument(BytesIO(render_poster(class_code, notice)))
    return page, re.sub(r"\s+", "", page.get_textpage().get_text_bounded())


def test_the_code_of_a_poster_is_read_by_another_decoder_and_is_a_third_of_its_width():
    page, _ = read_poster(PARENTS)
    (found,) = zxingcpp.read_barcodes(page.render(scale=1).to_pil())
    assert found.text == PARENTS.url
    assert found.position.top_right.x - found.position.top_left.x > page.get_width() / 3


def test_a_poster_says_for_whom_how_until_when_and_whose_survey_it_is():
    _, text = read_poster(PARENTS)
    for part in (
        "请三年级2班家长填写",
        "城关小学",
        "共45人",
        "扫一扫",
        "2025年10月20日至10月25日",
        SELF_CHECK,
    ):
        assert part in text
    assert "演示数据" not in text


@pytest.mark.parametrize("class_code", [PARENTS, PUPILS, PUBLIC, DEPUTIES])
def test_no_poster_and_no_chat_text_hints_at_an_answer_or_a_target(class_code):
    _, text = read_poster(class_code)
    assert not re.search("满意|85|得分", text + notice_text(class_code, NOTICE))


def test_names_that_hint_are_refused_in_posters_pictures_and_chat_texts():
    notice = replace(NOTICE, title="满意度调查")
    for make in (render_poster, render_png, notice_text):
        with pytest.raises(WordingError):
            make(PARENTS, notice)


def test_a_public_place_invites_everyone_and_counts_nobody():
    _, text = read_poster(PUBLIC)
    assert "欢迎各界群众填写" in text
    assert "城关镇政务大厅" in text
    assert not re.search("共.*人，每人填一次", text)


def test_a_group_without_classes_is_invited_by_its_unit():
    _, text = read_poster(DEPUTIES)
    assert "请人大代表填写城关镇代表团" in text


def test_only_texts_for_pupils_ask_for_the_guardians_consent():
    asks = ["家长知情同意" in notice_text(code, NOTICE) for code in (PUPILS, PARENTS, PUBLIC)]
    assert asks == [True, False, False]


def test_a_long_name_still_fits_on_one_poster_page():
    long = "明江县民族职业教育中心附属九年一贯制学校水井湾校区第二教学点" * 2
    page, text = read_poster(replace(PUPILS, unit=long, class_name="二〇二三级国际部实验十二班"))
    assert long in text
    assert zxingcpp.read_barcodes(page.render(scale=1).to_pil())


def test_the_picture_is_810_pixels_wide_and_its_code_survives_being_halved():
    picture = Image.open(BytesIO(render_png(PARENTS, NOTICE))).convert("L")
    assert picture.width == 810
    small = picture.resize((picture.width // 2, picture.height // 2))
    assert [found.text for found in zxingcpp.read_barcodes(small)] == [PARENTS.url]


def test_the_modules_of_the_pictures_code_end_on_whole_pixels():
    picture = Image.open(BytesIO(render_png(PARENTS, NOTICE))).convert("L")
    (found,) = zxingcpp.read_barcodes(picture)
    inside = found.position
    code = picture.crop((inside.top_left.x + 2, inside.top_left.y + 2, inside.bottom_right.x, inside.bottom_right.y))
    assert {shade for _, shade in code.getcolors()} == {0, 255}


def test_the_chat_text_has_the_bare_link_on_a_line_of_its_own():
    assert notice_text(PARENTS, NOTICE) == (
        "【义务教育优质均衡发展社会认可度调查】\n"
        "城关小学：请三年级2班家长填写。约两分钟，不记姓名，每人填一次。\n"
        "https://survey.example.cn/q/ABCDEFGHJKLMNPQR\n"
        "填写时间：2025年10月20日至10月25日\n"
        "几个人共用一部手机时，交完后点“下一位”。\n"
        f"{SELF_CHECK}\n"
        "明江县人民政府教育督导室\n"
    )


def test_invented_class_codes_are_called_so_on_poster_and_chat_text():
    invented = replace(NOTICE, invented=True)
    assert "演示数据" in read_poster(PARENTS, invented)[1]
    assert notice_text(PARENTS, invented).endswith("演示数据\n")
    assert render_png(PARENTS, invented) != render_png(PARENTS, NOTICE)


def test_the_same_class_code_gives_the_same_bytes():
    assert render_poster(PARENTS, NOTICE) == render_poster(PARENTS, NOTICE)
    assert render_png(PARENTS, NOTICE) == render_png(PARENTS, NOTICE)


def test_class_codes_are_filed_by_unit_with_poster_picture_and_text(tmp_path):
    files = write_class_codes(tmp_path, [PARENTS, PUPILS, DEPUTIES], NOTICE)
    assert [str(file.relative_to(tmp_path)) for file in files] == [
        "城关小学/三年级2班 学生 海报.pdf",
        "城关小学/三年级2班 学生 群图片.png",
        "城关小学/三年级2班 学生 群通知.txt",
        "城关小学/三年级2班 家长 海报.pdf",
        "城关小学/三年级2班 家长 群图片.png",
        "城关小学/三年级2班 家长 群通知.txt",
        "城关镇代表团/人大代表 海报.pdf",
        "城关镇代表团/人大代表 群图片.png",
        "城关镇代表团/人大代表 群通知.txt",
    ]
    assert files[3].read_bytes() == render_poster(PARENTS, NOTICE)
    assert files[5].read_text(encoding="utf-8") == notice_text(PARENTS, NOTICE)


def test_two_codes_of_one_class_do_not_overwrite_each_other(tmp_path):
    again = replace(PARENTS, url=f"{PARENTS.url[:-1]}X", code="ABCDEFGHJKLMNPQX")
    files = write_class_codes(tmp_path, [PARENTS, again], NOTICE)
    assert len(set(files)) == 6
    assert "三年级2班 家长-2 群通知.txt" in {file.name for file in files}


def test_a_poster_and_a_chat_text_give_the_digits_for_a_computer():
    short = replace(PARENTS, short="01234567")
    _, text = read_poster(short)
    assert "打开survey.example.cn，输入01234567" in text
    assert "打开 survey.example.cn ，输入 0123 4567" in notice_text(short, NOTICE)
    assert "输入" not in notice_text(PARENTS, NOTICE)


@pytest.mark.parametrize(
    ("closes", "last"),
    [(datetime(2026, 12, 12), 11), (datetime(2026, 12, 12, 0, 1), 12), (datetime(2026, 12, 11, 18), 11)],
)
def test_paper_names_no_day_on_which_nobody_can_answer_any_more(closes: datetime, last: int) -> None:
    """A window that ends at midnight was printed as lasting until the day that then begins."""
    named = {
        "name": "2026-1",
        "county": "某某县",
        "organiser": "某某县教育督导室",
        "telephone": "",
        "school_year": "2026-2027",
    }
    packs = {"standard": "national-2017", "rule": "quality-2024", "papers": ["social-2026"], "own_words": ""}
    said = {"population": 1, "population_source": "", "approver": "", "document": "", "invented": False}
    round_ = Round(opens=datetime(2026, 12, 7, 8), closes=closes, **named, **packs, **said)
    notice = notice_of(round_)
    assert f"2026年12月7日至12月{last}日" in notice_text(PARENTS, notice)
    assert facts_of(round_).closes == notice.closes
