from datetime import date

import pytest

from reports.charts.charts import Bar, Chart, Mark, Marks
from reports.document.document import Heading, Paragraph, Table, read_document
from reports.document.web import render_html

CHART = Chart((Bar("家长", 0.9, 0.88, 0.92, "90.00%"),), 0.85, "85%")


def read(text, **charts):
    return read_document(f"# 报告\n\n{text}", charts, author="督导室", day=date(2025, 6, 1), mark="")


def test_the_first_block_is_the_title_line_by_line():
    document = read_document("# 明江县\n# 自查报告", {}, author="督导室", day=date(2025, 6, 1), mark="")
    assert (document.title, document.blocks) == (("明江县", "自查报告"), ())


def test_blocks_are_told_apart_by_their_marks():
    blocks = read("> 首段。\n\n## 一、依据\n\n### （一）文件\n\n正文\n接着写。\n\n< 督导室\n< 6月1日").blocks
    assert blocks == (
        Paragraph(("首段。",), "lead"),
        Heading("一、依据", 1),
        Heading("（一）文件", 2),
        Paragraph(("正文接着写。",)),
        Paragraph(("督导室", "6月1日"), "signature"),
    )


def test_tables_are_numbered_in_order_and_sentences_find_them():
    sentence, first, second = read("见表@b和表@a。\n\n表@a：甲\n| 一 |\n\n表@b：乙\n| 一 |").blocks
    assert sentence.lines == ("见表2和表1。",)
    assert (first.caption, second.caption) == ("表1　甲", "表2　乙")


def test_a_table_keeps_unit_notes_and_the_side_its_numbers_stand_on():
    (table,) = read("表@a：份数（单位：份）\n| 对象 | >收回 |\n| 家长 | 210 |\n注：甲。\n注：乙。").blocks
    assert table == Table(
        "表1　份数", "单位：份", ("对象", "收回"), (False, True), (("家长", "210"),), ("注：甲。", "注：乙。")
    )


def test_a_chart_is_numbered_apart_from_tables():
    _, chart = read("表@a：甲\n| 一 |\n\n图@rates：认可度", rates=CHART).blocks
    assert (chart.caption, chart.bars) == ("图1　认可度", CHART.bars)


def test_in_a_document_with_contents_tables_are_numbered_anew_in_each_part():
    text = "# 报告\n\n见表@b。\n\n## 一、甲\n\n表@a：甲\n| 一 |\n\n## 二、乙\n\n表@b：乙\n| 一 |\n\n表@c：丙\n| 一 |"
    blocks = read_document(text, {}, author="督导室", day=date(2025, 6, 1), mark="", contents=True).blocks
    assert blocks[0].lines == ("见表2-1。",)
    assert [block.caption for block in blocks if isinstance(block, Table)] == ["表1-1　甲", "表2-1　乙", "表2-2　丙"]


def test_a_short_table_stands_on_one_page_and_a_long_one_may_break():
    (short,) = read("表@a：甲\n| 说明 |\n" + "| 短 |\n" * 14).blocks
    (many,) = read("表@a：甲\n| 说明 |\n" + "| 短 |\n" * 15).blocks
    (high,) = read("表@a：甲\n| 说明 | 数 |\n" + f"| {'长' * 60} | 1 |\n" * 8).blocks
    assert [table.together for table in (short, many, high)] == [True, False, False]


@pytest.mark.parametrize("text", ["见表@gone。", "图@gone：没有的图"])
def test_a_name_that_is_nowhere_is_refused(text):
    with pytest.raises(KeyError, match="gone"):
        read(text)


def test_columns_share_the_whole_width_and_long_texts_give_way_to_numbers():
    (table,) = read(f"表@a：甲\n| 说明 | >数 |\n| {'长' * 200} | 1,234 |").blocks
    long, short = table.widths
    assert long + short == pytest.approx(1)
    assert short == pytest.approx((5 * 0.6 + 1) / 42)


def test_on_a_phone_a_row_is_a_card_whose_cells_say_their_heads_and_what_stands_above_them():
    page = render_html(read("表@a：份数\n| 对象 | 范围 | >收回 |\n| 家长 | 小学 | 210 |\n|  | 初中 | 90 |"))
    assert 'content: attr(data-head) "："' in page
    assert '<td data-head="收回" class="number">90</td>' in page
    assert '<td data-head="对象" data-same="家长"></td>' in page


def test_a_chart_of_rates_is_drawn_for_phones_too_and_what_is_wider_says_that_it_slides():
    counts = Marks((Mark("家长", 0.5, 1.0, "1/2"),), ("收回", "计划"))
    page = render_html(read("图@a：认可度\n\n图@b：收回", a=CHART, b=counts))
    both, slides = page.split("<figure class=")[1:]
    assert (both.count("<svg"), slides.count("<svg")) == (2, 1)
    assert both.startswith('"both"')
    assert 'viewBox="0 0 328' in both
    assert slides.startswith('"slides"')
    assert "图可以左右滑动" in page
