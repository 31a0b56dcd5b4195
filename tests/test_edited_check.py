"""Edited files are given back: what was changed is named, and a file that was not touched gives nothing.

Edits are made in the file itself, as Word and WPS write them.
"""

import re
import subprocess
from functools import cache
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questionnaires.bad_input import BadInputError
from reports.document.word import render_docx
from reports.edited.edited_check import check_beside, read_written
from reports.edited.edited_reading import LARGEST, read_edited
from tests.damages import OFFICE
from tests.golden_counties import COUNTIES
from tests.test_briefing import FATES, briefing_of, closed
from tests.test_checking import documents_of, round_of

BODY = "word/document.xml"
NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
PARAGRAPH = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)


@cache
def files_of(name):
    """The published round of a county, its documents as they were written, and their Word files."""
    round_ = closed(name, FATES["server"]) if name == "E" else round_of(name)
    documents = [*documents_of(name), briefing_of(round_)]
    return round_, list(map(read_written, documents)), [render_docx(document) for document in documents]


def change(content, edit, part=BODY):
    """The same file with one part edited."""
    made = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, edit(text.decode()).encode() if name == part else text)
    return made.getvalue()


def check_content(content, written, round_):
    return check_beside(read_edited(content), written, round_)


def check(name, which, edit):
    round_, written, files = files_of(name)
    return check_content(change(files[which], edit), written, round_)


def swap(old, new):
    """Other words for some, in one run of text or, where links divide them, in the paragraph."""

    def edit(xml):
        if old in xml:
            return xml.replace(old, new, 1)
        line = next(line for line in PARAGRAPH.findall(xml) if old in "".join(TEXT.findall(line)))
        return xml.replace(line, f"<w:p>{run(''.join(TEXT.findall(line)).replace(old, new, 1))}</w:p>", 1)

    return edit


def run(text):
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""


def in_place_of(old, runs):
    """The run that holds a text ends before it, and another goes on after `runs`."""
    return swap(old, f'</w:t></w:r>{runs}<w:r><w:t xml:space="preserve">')


def tracked(old, new):
    """A change of words as Word keeps track of it."""
    deleted = f'<w:del w:id="9" w:author="甲"><w:r><w:delText>{old}</w:delText></w:r></w:del>'
    inserted = f'<w:ins w:id="10" w:author="甲">{run(new)}</w:ins>' if new else ""
    return in_place_of(old, deleted + inserted)


def drop_line(start):
    """Take out the first paragraph that begins so."""

    def edit(xml):
        lines = [line for line in PARAGRAPH.findall(xml) if start in line]
        return xml.replace(lines[0], "", 1)

    return edit


def add_line(inner, before="<w:sectPr"):
    return lambda xml: xml.replace(before, f"<w:p>{inner}</w:p>{before}", 1)


def add_text(text):
    return add_line(run(text))


def box(text):
    shape = f"<w:txbxContent><w:p>{run(text)}</w:p></w:txbxContent>"
    return add_line(f"<w:r><w:pict>{shape}</w:pict></w:r>")


def table(*rows):
    made = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:p>{run(cell)}</w:p></w:tc>" for cell in row) + "</w:tr>" for row in rows
    )
    return lambda xml: xml.replace("<w:sectPr", f"<w:tbl>{made}</w:tbl><w:sectPr", 1)


def rows_of(xml):
    return re.findall(r"<w:tr[ >].*?</w:tr>", xml, re.DOTALL)


def drop_row(name):
    def edit(xml):
        row = next(row for row in rows_of(xml) if TEXT.findall(row)[0] == name)
        return xml.replace(row, "", 1)

    return edit


def track_row_out(name):
    def edit(xml):
        row = next(row for row in rows_of(xml) if TEXT.findall(row)[0] == name)
        return xml.replace(row, row.replace("<w:trPr>", '<w:trPr><w:del w:id="8" w:author="甲"/>', 1), 1)

    return edit


def in_row(name, old, new):
    def edit(xml):
        row = next(row for row in rows_of(xml) if TEXT.findall(row)[0] == name and f">{old}<" in row)
        return xml.replace(row, row.replace(f">{old}<", f">{new}<", 1), 1)

    return edit


def copy_row(name, new):
    def edit(xml):
        row = next(row for row in rows_of(xml) if TEXT.findall(row)[0] == name)
        return xml.replace(row, row + row.replace(name, new, 1), 1)

    return edit


INSERT, REPORT, BRIEFING = range(3)
PLANTED = [
    ("E", INSERT, swap("为81.25%", "为85.25%"), "81.25%改成了85.25%"),
    ("E", REPORT, swap("为81.25%", "为85.25%"), "81.25%改成了85.25%"),
    ("E", BRIEFING, swap("为81.25%", "为85.25%"), "81.25%改成了85.25%"),
    ("E", INSERT, swap("自评尚未达到评估标准", "自评达到评估标准"), "与公布的结果不符；原句是"),
    ("E", INSERT, swap("自评尚未达到评估标准", "自评基本达到评估标准"), "不符；原句是"),
    ("E", REPORT, swap("自评尚未达到评估标准", "自评基本达到评估标准"), "不符；原句是"),
    ("E", INSERT, swap("家长（80.4%）", "家长（84.4%）"), "80.4%改成了84.4%"),
    ("E", INSERT, swap("对象是家长（80.4%）、学生（82.9%）", "对象是学生（82.9%）"), "删去了80.4%"),
    ("E", INSERT, swap("以上结果依据已回收的有效答卷测算，未作答人员的意见未能掌握。", ""), "固定的句子"),
    ("E", INSERT, swap("，未作答人员的意见未能掌握。", "。"), "固定的句子"),
    ("E", INSERT, swap("本调查用于自评，不是教育部的调查。", ""), "固定的句子"),
    ("E", INSERT, tracked("以上结果依据已回收的有效答卷测算，未作答人员的意见未能掌握。", ""), "固定的句子"),
    ("E", INSERT, tracked("81.25%", "88.25%"), "81.25%改成了88.25%"),
    ("E", INSERT, in_place_of("81.25%", run("8") + run("8.2") + run("5%")), "88.25%"),
    ("E", INSERT, swap("为81.25%", "为８５.２５％"), "81.25%改成了85.25%"),
    ("E", INSERT, swap("为81.25%", "为8\u200b5.25%"), "81.25%改成了85.25%"),
    ("E", INSERT, in_row("家长", "80.4", "84.4"), "“家长”一行的“认可度”，80.4改成了84.4"),
    ("E", INSERT, in_row("家长", "80.4", ""), "80.4改成了空白"),
    ("E", INSERT, drop_row("家长"), "少了“家长”一行"),
    ("E", INSERT, track_row_out("家长"), "少了“家长”一行"),
    ("E", INSERT, copy_row("家长", "外来务工家长"), "多了“外来务工家长”一行"),
    ("E", REPORT, in_row("其他群众", "65.8", "68.5"), "65.8改成了68.5"),
    ("E", REPORT, add_text("全县认可度在全市领先，达到96.5%。"), "96.5"),
    ("E", REPORT, add_text("群众普遍满意。"), "新写的评判"),
    ("E", REPORT, add_text("各类对象中认可度最高的是校长。"), "最高"),
    ("E", REPORT, box("满意的群众占九成以上，为93%。"), "93"),
    ("E", REPORT, table(("对象", "比例"), ("家长", "99%")), "这张表不是自评文件里的"),
    ("E", REPORT, add_line('<w:ins w:id="3" w:author="甲"><w:r><w:t>认可度为97%。</w:t></w:r></w:ins>'), "97"),
    ("E", REPORT, swap("《县域义务教育优质均衡发展督导评估办法》", "《办法》"), "不是本次依据的文件名称"),
    ("E", REPORT, swap("2。学生认可度", "9。学生认可度"), "表4-9不在文中"),
    ("E", REPORT, swap("2。学生认可度", "1。学生认可度"), "不是该看的那张表"),
    ("E", REPORT, swap("收回答卷634份", "收回答卷643份"), "634改成了643"),
    ("E", REPORT, swap("与85%的差别没有超出抽样误差", "与85%的差别超出抽样误差"), "与公布的结果不符"),
    ("E", BRIEFING, swap("共1份，启封后都已销毁", "共2份，启封后都已销毁"), "1改成了2"),
    ("E", BRIEFING, swap("A3C5H", "B3C5H"), "与公布的结果不符"),
    ("G", INSERT, swap("但资料不全，暂不作结论（缺人大代表）", "自评达到评估标准"), "与公布的结果不符"),
    ("G", INSERT, swap("（81.1%至83.5%）", "（81.1%至84.5%）"), "83.5%改成了84.5%"),
    ("G", REPORT, swap("人大代表没有可用于测算的有效答卷", "校长没有可用于测算的有效答卷"), "与公布的结果不符"),
    ("A", REPORT, swap("上升9个百分点，超出抽样误差", "上升9个百分点，没有超出抽样误差"), "与公布的结果不符"),
    ("A", INSERT, swap("上升9个", "上升8个"), "9改成了8"),
    ("B", REPORT, swap("他们的认可度高于85%", "他们的认可度高于75%"), "85%改成了75%"),
    ("D", INSERT, swap("没有发现低于85%的问题", "家长认可度最低"), "最低"),
]  # fmt: skip

HARMLESS = [
    ("E", INSERT, swap("组织了社会认可度调查", "认真组织了社会认可度调查")),
    ("E", REPORT, lambda xml: xml.replace("“", "&quot;").replace("”", "&quot;")),
    ("E", INSERT, in_place_of("81.25%", run("81") + run(".25%"))),
    ("E", INSERT, swap("为81.25%", "为 ８１.２５%")),
    ("E", INSERT, tracked("组织了", "认真组织了")),
    ("E", REPORT, add_text("下一步，县教委将于2026年9月底前配齐教师，由城关镇牵头。")),
    ("E", REPORT, add_text("（1）配齐音乐教师。")),
    ("E", REPORT, drop_line("总体评价不计入认可度")),
    ("E", REPORT, add_line('<w:r><w:rPr><w:b/></w:rPr><w:t>附件：各校名单（见表4-2）。</w:t></w:r>')),
    ("E", REPORT, table(("序号", "材料"), ("甲", "会议纪要"))),
    ("E", REPORT, table(("材料", "本调查用于自评，不是教育部的调查。"),)),
    ("E", REPORT, swap("总体评价不计入认可度。", "总体评价不计入认可度；")),
]  # fmt: skip


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("name", COUNTIES)
def test_a_file_that_was_not_touched_gives_nothing(name, which):
    round_, written, files = files_of(name)
    assert check_content(files[which], written, round_) == []


@pytest.mark.parametrize(("name", "which", "edit", "told"), PLANTED)
def test_a_planted_edit_is_named_in_one_sentence(name, which, edit, told):
    found = check(name, which, edit)
    assert [line for line in found if told in line], found
    assert all(line.endswith("。") and "\n" not in line for line in found)


@pytest.mark.parametrize(("name", "which", "edit"), HARMLESS)
def test_a_change_of_wording_alone_gives_nothing(name, which, edit):
    assert check(name, which, edit) == []


@pytest.mark.soak
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not here")
def test_a_file_that_another_office_program_saved_gives_nothing_and_an_edit_in_it_is_named(tmp_path):
    round_, written, files = files_of("E")
    given = [tmp_path / f"{number}.docx" for number in range(len(files) + 1)]
    for path, content in zip(given, [*files, change(files[INSERT], swap("为81.25%", "为85.25%"))], strict=True):
        path.write_bytes(content)
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    form = "docx:MS Word 2007 XML"
    command = [str(OFFICE), home, "--headless", "--convert-to", form, "--outdir", str(tmp_path / "out")]
    subprocess.run([*command, *map(str, given)], check=True, capture_output=True, timeout=300)
    found = [check_content((tmp_path / "out" / path.name).read_bytes(), written, round_) for path in given]
    assert found[:-1] == [[]] * len(files)
    assert any("81.25%改成了85.25%" in line for line in found[-1])


def as_wps_writes(xml):
    """Every sign in a run of its own, with the marks of WPS: paragraph numbers, sizes in each run, proofing marks."""
    look = '<w:rPr><w:rFonts w:hint="eastAsia" w:eastAsia="仿宋_GB2312"/><w:sz w:val="32"/></w:rPr>'
    split = TEXT.sub(lambda text: text[0] if len(text[1]) < 2 or "&" in text[1] else _in_runs(text[1], look), xml)
    split = split.replace(
        "<w:p>", '<w:p w14:paraId="2E6F1A3B" wpsCustomData:mark="1"><w:proofErr w:type="spellStart"/>'
    )
    extra = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    extra += 'xmlns:wpsCustomData="http://www.wps.cn/officeDocument/2013/wpsCustomData" '
    root = split.index("<w:document ") + len("<w:document ")
    declared = [part for part in extra.split() if part.partition("=")[0] not in split[root : split.index(">", root)]]
    return f"{split[:root]}{' '.join(declared)} {split[root:]}"


def _in_runs(text, look):
    half = len(text) // 2
    return f'<w:t xml:space="preserve">{text[:half]}</w:t></w:r><w:r>{look}<w:t>{text[half:]}</w:t>'


@pytest.mark.parametrize("which", range(3))
def test_a_file_as_wps_writes_it_gives_nothing_and_an_edit_in_it_is_named(which):
    assert check("E", which, as_wps_writes) == []
    found = check("E", which, lambda xml: as_wps_writes(swap("为81.25%", "为85.25%")(xml)))
    assert any("81.25%改成了85.25%" in line for line in found)


def test_what_is_to_be_filled_in_may_be_filled_in():
    round_, written, files = files_of("E")
    word = docx.Document(BytesIO(files[INSERT]))
    plan = next(table for table in word.tables if table.rows[0].cells[1].text == "整改措施")
    for number, text in enumerate(("配齐教师3名", "县教委", "2026年9月"), 1):
        plan.rows[1].cells[number].text = text
    row = plan.add_row()
    row.cells[0].text = "教师轮岗不足"
    saved = BytesIO()
    word.save(saved)
    assert check_content(saved.getvalue(), written, round_) == []


def test_a_contents_list_with_page_numbers_is_left_aside():
    def edit(xml):
        assert 'w:val="TOC1"' in xml or 'w:val="toc1"' in xml or "toc" in xml.lower()
        return re.sub(r"(<w:t(?: [^>]*)?>一、主要结论)(</w:t>)", r"\g<1>　1\2", xml, count=1)

    assert check("E", REPORT, edit) == []


def test_a_footnote_is_read_as_any_sentence():
    round_, written, files = files_of("E")
    made = BytesIO()
    with ZipFile(BytesIO(files[REPORT])) as old, ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr(
            "word/footnotes.xml",
            f"<w:footnotes {NAMESPACE}><w:footnote><w:p>{run('认可度为97%。')}</w:p></w:footnote></w:footnotes>",
        )
    assert any("97" in line for line in check_content(made.getvalue(), written, round_))


def test_a_paragraph_that_was_moved_gives_nothing():
    def edit(xml):
        line = next(line for line in PARAGRAPH.findall(xml) if "为81.25%" in line)
        return xml.replace(line, "", 1).replace("<w:sectPr", f"{line}<w:sectPr", 1)

    assert check("E", INSERT, edit) == []


BAD = {
    "no archive": b"hello",
    "empty": b"",
    "another office file": None,
    "no XML": None,
    "cut short": None,
    "doctype": None,
    "deep": None,
    "too large": b"P" * (LARGEST + 1),
}


def bad_file(kind):
    if BAD[kind] is not None:
        return BAD[kind]
    content = files_of("E")[2][INSERT]
    if kind == "cut short":
        return content[: len(content) // 2]
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        if kind == "another office file":
            archive.writestr("xl/workbook.xml", "<workbook/>")
        deep = f"<w:document {NAMESPACE}>{'<w:p>' * 5000}{'</w:p>' * 5000}</w:document>"
        entities = f'<!DOCTYPE a [<!ENTITY b "c">]><w:document {NAMESPACE}>&b;</w:document>'
        texts = {"no XML": "<w:p", "doctype": entities, "deep": deep}
        if kind in texts:
            archive.writestr(BODY, texts[kind])
    return made.getvalue()


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_read_is_refused_in_one_sentence(kind):
    with pytest.raises(BadInputError, match=r"^[^\n]+。$"):
        read_edited(bad_file(kind))


def test_a_file_of_another_county_or_of_nobody_is_refused():
    round_, written, _ = files_of("E")
    other = docx.Document()
    other.add_paragraph("关于开会的通知。")
    saved = BytesIO()
    other.save(saved)
    with pytest.raises(BadInputError, match="不是调查批次"):
        check_content(saved.getvalue(), written, round_)


def test_a_claim_of_another_county_is_found_in_this_one():
    round_, written, _ = files_of("E")
    found = check_content(files_of("G")[2][REPORT], written, round_)
    assert any("87.29%" in line for line in found)


NUMBERS = st.integers(0, 10**6)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_number_that_is_changed_in_a_sentence_is_named(data):
    """Of every sentence with a figure of its own; years and days and the numbers of lines and tables aside."""
    round_, written, files = files_of("G")
    xml = ZipFile(BytesIO(files[INSERT])).read(BODY).decode()
    texts = [text for text in TEXT.findall(xml) if "%" in text and len(text) > 20]
    text = data.draw(st.sampled_from(texts))
    found = data.draw(st.sampled_from(list(re.finditer(r"\d+(?:\.\d+)?%", text))))
    wrong = f"{data.draw(st.integers(1, 9))}{found[0]}"
    edited = text[: found.start()] + wrong + text[found.end() :]
    assert check_content(change(files[INSERT], swap(text, edited)), written, round_)
