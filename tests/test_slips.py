import random
import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from reports.handouts.notices import Notice, WordingError
from reports.handouts.slips import QUIET_ZONE, Slip, draw_qr, group_code, render_slips, write_slips

MILLIMETRES = 25.4 / 72
SLIP_WIDTH, SLIP_HEIGHT = 210 / 3, 297 / 6
UNPRINTABLE = 3.5  # mm that office printers may leave white at the edge of a sheet
LETTERS = "ACDEFGHJKMNPQRTVWXYZ"
NOTICE = Notice(
    county="明江县",
    organiser="明江县人民政府教育督导室",
    title="义务教育优质均衡发展社会认可度调查",
    opens=date(2025, 10, 20),
    closes=date(2025, 10, 25),
    invented=False,
)


def make_slips(number, group="parent", unit="城关小学", class_name="三年级2班", site="https://survey.example.cn"):
    draw = random.Random(f"{group}{unit}{class_name}")
    codes = ["".join(draw.choices(LETTERS, k=16)) for _ in range(number)]
    return [Slip(f"{site}/q/{code}", code, group, unit, class_name) for code in codes]


def open_pdf(pdf):
    return pypdfium2.PdfDocument(BytesIO(pdf))


def read_texts(pdf):
    return [re.sub(r"\s+", "", page.get_textpage().get_text_bounded()) for page in open_pdf(pdf)]


def read_codes(page):
    return zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil())


def test_every_code_of_a_printed_sheet_is_read_by_another_decoder():
    slips = make_slips(18)
    cover, sheet = open_pdf(render_slips(slips, NOTICE))
    assert {code.text for code in read_codes(sheet)} == {slip.url for slip in slips}
    assert read_codes(cover) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://192.168.1.20:8000/q/ABCDEFGHJKLMNPQR",
        "https://h.cn/q/0123456789012345",
        "https://a-long-host-name.survey.education.county.gov.cn/deep/q/mixedCase-_code99",
    ],
)
def test_an_address_of_any_length_and_any_letters_comes_back_unchanged(url):
    _, sheet = open_pdf(render_slips([Slip(url, url[-16:], "parent", "城关小学", "一年级1班")], NOTICE))
    assert [code.text for code in read_codes(sheet)] == [url]


@given(st.text("AZ09 :/az?", min_size=1, max_size=300), st.text("ABCXYZ0189", min_size=1, max_size=40))
def test_a_code_is_no_larger_than_what_it_says_needs(address: str, code: str) -> None:
    whole = QRCode(error_correction=ERROR_CORRECT_M)
    for part in (f"{address}/", code):
        whole.add_data(part, optimize=0)
    size = 17 + 4 * whole.best_fit() + 2 * QUIET_ZONE
    assert f'viewBox="-4 -4 {size} {size}"' in draw_qr(f"{address}/{code}")


def test_a_code_with_its_quiet_zone_is_at_least_22_mm_wide_and_inside_its_slip():
    _, sheet = open_pdf(render_slips(make_slips(18), NOTICE))
    for code in read_codes(sheet):
        left, right = (corner.x / 200 * 25.4 for corner in (code.position.top_left, code.position.bottom_right))
        top, bottom = (corner.y / 200 * 25.4 for corner in (code.position.top_left, code.position.bottom_right))
        quiet = (right - left) / 33 * 4
        assert right - left + 2 * quiet >= 22
        assert (left - quiet) // SLIP_WIDTH == (right + quiet) // SLIP_WIDTH
        assert (top - quiet) // SLIP_HEIGHT == (bottom + quiet) // SLIP_HEIGHT


@pytest.mark.parametrize("unit", ["城关小学", "明江县民族职业教育中心附属九年一贯制学校水井湾校区第二教学点"])
def test_no_letter_comes_near_a_cut_line_or_the_edge_of_the_sheet(unit):
    slips = make_slips(18, unit=unit, class_name="二〇二三级国际部实验十二班")
    _, sheet = open_pdf(render_slips(slips, replace(NOTICE, invented=True)))
    text = sheet.get_textpage()
    boxes = [text.get_charbox(index) for index in range(text.count_chars()) if text.get_text_range(index, 1).strip()]
    assert len(boxes) > 18 * 100
    for left, bottom, right, top in boxes:
        assert UNPRINTABLE < left * MILLIMETRES % SLIP_WIDTH < right * MILLIMETRES % SLIP_WIDTH
        assert right * MILLIMETRES % SLIP_WIDTH < SLIP_WIDTH - UNPRINTABLE
        assert UNPRINTABLE < bottom * MILLIMETRES % SLIP_HEIGHT < top * MILLIMETRES % SLIP_HEIGHT
        assert top * MILLIMETRES % SLIP_HEIGHT < SLIP_HEIGHT - UNPRINTABLE


def test_a_long_window_is_set_smaller_rather_than_over_the_next_line():
    notice = replace(NOTICE, opens=date(2025, 12, 29), closes=date(2026, 12, 31))
    _, sheet = open_pdf(render_slips(make_slips(1), notice))
    text = sheet.get_textpage()
    (start, _), (end, _) = (text.search(part).get_next() for part in ("2025年", "12月31"))
    assert text.get_charbox(start)[1] == pytest.approx(text.get_charbox(end)[1], abs=3)


@pytest.mark.parametrize("site", ["https://h.cn", "https://a-long-host-name.survey.education.county.gov.cn"])
@pytest.mark.parametrize("length", [9, 16, 20])
def test_the_code_is_at_least_9_pt_and_the_address_7_pt_whatever_their_length(site, length):
    code = "ACDEFGHJKMNPQRTVWXYZ"[:length]
    _, sheet = open_pdf(render_slips([Slip(f"{site}/q/{code}", code, "parent", "城关小学", "三年级2班")], NOTICE))
    text = sheet.get_textpage()
    whole = text.get_text_range()
    sizes = [pypdfium2.raw.FPDFText_GetFontSize(text, index) for index in range(text.count_chars())]
    host = site.removeprefix("https://").split(".")
    assert all(whole.count(part) == 1 for part in host)
    assert min(sizes[text.search(part).get_next()[0]] for part in host) >= 7 - 1e-3
    assert min(sizes[text.search(part).get_next()[0]] for part in group_code(code).split()) >= 9 - 1e-3


def test_a_slip_names_the_survey_and_the_unit_as_it_is_written():
    _, text = read_texts(render_slips(make_slips(1, unit="第1小学（城关校区）"), NOTICE))
    assert NOTICE.title in text
    assert "第1小学（城关校区）" in text


def test_a_slip_says_for_whom_how_until_when_and_whose_survey_it_is():
    _, text = read_texts(
        render_slips(
            [Slip("https://h.cn/q/ABCDEFGHJKLMNPQR", "ABCDEFGHJKLMNPQR", "parent", "城关小学", "三年级2班")],
            NOTICE,
        )
    )
    for part in (
        "三年级2班家长",
        "城关小学",
        "微信扫一扫，约两分钟",
        "2025年10月20日至10月25日",
        "本调查由明江县人民政府教育督导室组织，用于本县自评，不是教育部的调查。请如实填写，任何人不得要求您怎么选。",
        "或打开h.cn输入",
    ):
        assert part in text
    assert "演示数据" not in text


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ("student", "学生参加前，请家长知情同意。"),
        ("parent", "父母在外地的，可拍照发给他们长按识别；每个孩子的家庭只填一次。"),
        ("teacher", ""),
    ],
)
def test_a_slip_says_to_families_what_concerns_them_and_to_all_that_the_page_tells_the_end(group, said):
    _, text = read_texts(render_slips(make_slips(1, group), NOTICE))
    assert f"{said}本调查由明江县人民政府教育督导室组织" in text
    assert "截止时间以扫码后页面为准。" in text
    assert [part in text for part in ("家长知情同意", "父母在外地")] == [group == "student", group == "parent"]


def test_a_code_is_printed_in_its_groups_for_typing():
    _, sheet = open_pdf(
        render_slips([Slip("https://h.cn/q/ABCDEFGHJKLMNPQR", "ABCDEFGHJKLMNPQR", "deputy", "代表团", "")], NOTICE)
    )
    assert "ABCD EFGH\r\nJKLM NPQR" in sheet.get_textpage().get_text_bounded()


def test_a_window_over_new_year_names_both_years():
    notice = replace(NOTICE, opens=date(2025, 12, 29), closes=date(2026, 1, 2))
    assert "2025年12月29日至2026年1月2日" in read_texts(render_slips(make_slips(1), notice))[1]


def test_invented_codes_are_called_so_on_every_cover_and_slip():
    texts = read_texts(render_slips(make_slips(18), replace(NOTICE, invented=True)))
    assert [text.count("演示数据") for text in texts] == [1, 18]


def test_nothing_on_a_sheet_hints_at_an_answer_or_a_target():
    slips = make_slips(18) + make_slips(2, "student") + make_slips(2, "deputy", "代表团", "")
    text = "".join(read_texts(render_slips(slips, NOTICE)))
    assert not re.search("满意|85|得分", text)


def test_names_that_hint_at_an_answer_or_a_target_are_refused_each_with_its_place():
    notice = replace(NOTICE, title="群众满意度调查", organiser="确保85分办公室")
    with pytest.raises(WordingError) as refused:
        render_slips(make_slips(1), notice)
    assert [problem.split("：")[0] for problem in str(refused.value).splitlines()] == [
        "调查名称“群众满意度调查”里有“满意”",
        "组织单位“确保85分办公室”里有“85”",
    ]


def test_each_class_and_group_starts_with_a_cover_sheet_in_the_order_people_count():
    slips = [
        *make_slips(1, unit="第十小学", class_name="一年级1班"),
        *make_slips(1, unit="第九小学", class_name="三年级十班"),
        *make_slips(1, unit="第九小学", class_name="三年级9班"),
        *make_slips(1, unit="第九小学", class_name="二年级12班"),
        *make_slips(1, "student", unit="第九小学", class_name="三年级9班"),
    ]
    covers = [text for text in read_texts(render_slips(slips, NOTICE)) if "签收单" in text]
    found = [re.search("单位(.+?)班级(.+?)调查对象(.+?)答题条", cover).groups() for cover in covers]
    assert found == [
        ("第九小学", "二年级12班", "家长"),
        ("第九小学", "三年级9班", "学生"),
        ("第九小学", "三年级9班", "家长"),
        ("第九小学", "三年级十班", "家长"),
        ("第十小学", "一年级1班", "家长"),
    ]


def test_a_cover_sheet_counts_the_slips_and_has_room_to_sign():
    cover, *sheets = read_texts(render_slips(make_slips(22), NOTICE))
    assert "答题条22张" in cover
    assert all(part in cover for part in ("发放人", "领取人", "日期", "多余和损坏的答题条交回，不得代填"))
    assert [sheet.count("微信扫一扫") for sheet in sheets] == [18, 4]


def test_the_same_slips_in_any_order_give_the_same_bytes():
    slips = make_slips(30) + make_slips(5, "student")
    assert render_slips(slips[::-1], NOTICE) == render_slips(slips, NOTICE)


def test_a_sheet_stays_small_enough_to_send():
    slips = make_slips(84)
    assert len(render_slips(slips, NOTICE)) <= 5 * 40_000


def test_each_unit_gets_a_folder_with_its_own_slips_however_many_processes_write(tmp_path):
    first, second = make_slips(3, unit="第一小学"), make_slips(30, unit="第二小学")
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        files = write_slips(folder, second + first, NOTICE, processes=processes)
        assert files == [folder / "第一小学" / "答题条.pdf", folder / "第二小学" / "答题条.pdf"]
        assert [file.read_bytes() for file in files] == [
            render_slips(first, NOTICE),
            render_slips(second, NOTICE),
        ]


def test_a_refusal_in_another_process_comes_back_as_the_same_sentence(tmp_path):
    with pytest.raises(WordingError, match="调查名称“满意度”里有“满意”"):
        write_slips(tmp_path, make_slips(1), replace(NOTICE, title="满意度"), processes=2)
    assert list(tmp_path.iterdir()) == []


def test_a_round_with_a_telephone_names_who_asks_and_whom_to_call_within_the_slip():
    """The sentence on each slip, however long the name, and never 本区（县）."""
    notice = replace(NOTICE, organiser="酉阳土家族苗族自治县人民政府教育督导室", telephone="023-79220000")
    pages = open_pdf(render_slips(make_slips(2), replace(notice, county="重庆市酉阳土家族苗族自治县")))
    text = re.sub(r"\s+", "", pages[1].get_textpage().get_text_bounded())
    whose = (
        "本调查由酉阳土家族苗族自治县人民政府教育督导室组织，用于本自治县自评，不是教育部的调查，咨询电话023-79220000。"
    )
    assert whose + "请如实填写，任何人不得要求您怎么选。" in text
    assert "本区（县）" not in text
    page = pages[1].get_textpage()
    bottoms = [page.get_charbox(at)[1] for at in range(page.count_chars()) if page.get_text_range(at, 1).strip()]
    assert min(bottom * MILLIMETRES % SLIP_HEIGHT for bottom in bottoms) > UNPRINTABLE
