"""Word: a document as .docx in the look of GB/T 9704-2012, with styles and fields that an office can change."""

from datetime import datetime, time
from io import BytesIO
from itertools import count
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.opc.coreprops import CoreProperties
from docx.oxml.ns import qn
from docx.shared import Length, Pt
from docx.styles.style import ParagraphStyle
from docx.table import Table as Grid
from docx.table import _Row as Row
from docx.text.font import Font
from docx.text.paragraph import Paragraph as Line
from docx.text.parfmt import ParagraphFormat

from reports.charts.charts import Drawing, describe, draw_png
from reports.document.document import Block, Document, Heading, Paragraph, Table
from reports.document.looks import (
    BODY,
    COMPACT,
    FOLIO,
    LATIN,
    OFFICIAL,
    PAGE,
    PITCH,
    STAND_INS,
    TIGHTER,
    WIDTH,
    Layout,
    Look,
)
from reports.document.page_numbers import find_pages
from reports.document.signing import LINE, indent_lines
from reports.document.word_contents import LISTED, add_contents, mark_heading
from reports.document.word_elements import Element, append, build_element, clear, find_child, place_before
from reports.document.word_text import add_line, add_text
from reports.setting.typesetting import FontMissingError

CELL_EDGE = "70"  # twentieths of a point
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment a zip archive can name


def write_docx(document: Document, path: Path) -> None:
    """Write a document as .docx."""
    path.write_bytes(render_docx(document))


def render_docx(document: Document, layout: Layout | None = None) -> bytes:
    """A document as .docx; the same document gives the same bytes.

    The pages of its contents are those of its PDF, none without a Chinese typeface. Charts are pictures with their
    words beside them; without a Chinese typeface the words alone.
    """
    layout = layout or (COMPACT if document.compact else OFFICIAL)
    word = docx.Document()
    _set_properties(word, document)
    _name_stand_ins(word)
    for name, look in layout.looks.items():
        _set_style(word, name, look)
    _set_page(word, document.mark, layout)
    if document.title:
        _add_lines(word, document.title, "Title")
    if document.contents:
        add_contents(word, document, _find_pages(document))
    listed = count()
    for block, after in zip(document.blocks, (*document.blocks[1:], None), strict=True):
        match block:
            case Heading():
                line = add_line(word, f"Heading {block.level}")
                add_text(line, block.text)
                if document.contents and block.level <= LISTED:
                    mark_heading(line, next(listed))
            case Paragraph(role="signature"):
                _add_signature(word, block.lines, layout.width)
            case Paragraph():
                line = _add_lines(word, block.lines, "Body Text")
                _keep_with_next(line, _is_signature(after))
            case Table():
                _add_table(word, block, layout.width, before_signature=_is_signature(after))
            case _:
                _add_chart(word, block, layout.width)
    stream = BytesIO()
    word.save(stream)
    return _without_times(stream.getvalue())


def _is_signature(block: Block | None) -> bool:
    """Whether a block is who signs; a page never holds that alone."""
    return isinstance(block, Paragraph) and block.role == "signature"


def _set_properties(word: Word, document: Document) -> None:
    of: CoreProperties = word.core_properties
    of.title = document.name
    of.language = "zh-CN"
    of.comments = ""
    of.revision = 1
    of.author = of.last_modified_by = document.author
    of.created = of.modified = datetime.combine(document.day, time())


def _name_stand_ins(word: Word) -> None:
    """Tell Word what to set where a typeface is not installed."""
    table = next(part for part in word.part.package.iter_parts() if part.partname == "/word/fontTable.xml")
    entries = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/></w:font>' for name, other in STAND_INS.items()
    )
    table._blob = table.blob.replace(b"</w:fonts>", f"{entries}</w:fonts>".encode())


def _set_style(word: Word, name: str, look: Look) -> None:
    """Give a style its look, and keep nothing of the template's."""
    styles = word.styles
    style: object = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    element: Element = style.element
    clear(element, "w:pPr", "w:rPr")
    _set_letters(style, element, look)
    _set_shape(style, element, look)


def _set_letters(style: ParagraphStyle, element: Element, look: Look) -> None:
    font: Font = style.font
    font.name = LATIN
    font.size = Pt(look.size)
    letters = find_child(element, "w:rPr")
    find_child(letters, "w:rFonts").set(qn("w:eastAsia"), look.typeface)
    append(letters, "w:lang", val="en-US", eastAsia="zh-CN")
    if look.size == BODY:
        place_before(letters, "w:sz", build_element("w:spacing", val=str(TIGHTER)))


def _set_shape(style: ParagraphStyle, element: Element, look: Look) -> None:
    shape: ParagraphFormat = style.paragraph_format
    shape.alignment = look.align
    shape.keep_with_next = look.with_next
    shape.space_before = Pt(look.before)
    shape.space_after = Pt(look.after)
    shape.line_spacing_rule = WD_LINE_SPACING.SINGLE
    shape.line_spacing = None
    if look.pitch:
        shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        shape.line_spacing = Pt(look.pitch)
    if look.leader:
        shape.tab_stops.add_tab_stop(WIDTH, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    lines = find_child(element, "w:pPr")
    place_before(lines, "w:spacing", build_element("w:snapToGrid", val="0"))
    if look.indent:
        shape.first_line_indent = Pt(look.indent * look.size)
        find_child(lines, "w:ind").set(qn("w:firstLineChars"), str(100 * look.indent))
    if look.level:
        append(lines, "w:outlineLvl", val=str(look.level - 1))


def _set_page(word: Word, mark: str, layout: Layout) -> None:
    page = word.sections[0]
    page.page_width, page.page_height = PAGE
    for name, margin in layout.margins.items():
        setattr(page, name, margin)
    page.header_distance = layout.header
    page.footer_distance = layout.footer
    section: Element = page._sectPr
    clear(section, "w:docGrid")
    append(section, "w:docGrid", type="lines", linePitch=str(round(PITCH * 20)))
    word.settings.odd_and_even_pages_header_footer = True
    for header in (page.header, page.even_page_header):
        line: Line = header.paragraphs[0]
        letters: Element = line.add_run(mark)._r.get_or_add_rPr()
        append(letters, "w:bdr", val="single", sz="4", space="1")
    _add_folio(page.footer.paragraphs[0], ALIGN.RIGHT)
    _add_folio(page.even_page_footer.paragraphs[0], ALIGN.LEFT)


def _add_folio(line: Line, align: ALIGN) -> None:
    """— 1 — one character in from the outer edge."""
    line.alignment = align
    shape: ParagraphFormat = line.paragraph_format
    shape.left_indent = shape.right_indent = Pt(FOLIO)
    line.add_run("— ")
    field = append(line._p, "w:fldSimple", instr="PAGE")
    append(append(field, "w:r"), "w:t").text = "1"
    line.add_run(" —")


def _add_lines(word: Word, lines: tuple[str, ...], style: str) -> Line:
    paragraph = add_line(word, style)
    for place, line in enumerate(lines):
        if place:
            paragraph.add_run().add_break()
        add_text(paragraph, line)
    return paragraph


def _add_signature(word: Word, lines: tuple[str, ...], width: Length) -> None:
    """Who signs and the day, each in a line of its own."""
    for place, (text, room) in enumerate(zip(lines, indent_lines(lines), strict=True)):
        line = add_line(word, "Signature")
        add_text(line, text)
        shape: ParagraphFormat = line.paragraph_format
        shape.left_indent = Length(round(room * width / LINE))
        if not place:
            shape.space_before = Pt(PITCH)
        _keep_with_next(line, place < len(lines) - 1)


def _find_pages(document: Document) -> list[int]:
    """The page of each heading that the contents list; none where no PDF can be made."""
    try:
        return find_pages(document)
    except FontMissingError:
        return []


def _add_chart(word: Word, chart: Drawing, width: Length) -> None:
    try:
        picture = BytesIO(draw_png(chart))
    except FontMissingError:
        _add_lines(word, (describe(chart),), "Body Text")
        return
    shape = add_line(word, "Picture").add_run().add_picture(picture, width=width)
    shape._inline.docPr.set("descr", describe(chart))
    add_text(add_line(word, "Picture Caption"), chart.caption)


def _add_table(word: Word, table: Table, width: Length, *, before_signature: bool) -> None:
    add_text(add_line(word, "Caption"), table.caption)
    if table.unit:
        add_text(add_line(word, "Table Unit"), table.unit)
    grid: Grid = word.add_table(rows=0, cols=len(table.head), style="Table Grid")
    grid.autofit = False
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    edges = build_element("w:tblCellMar")
    place_before(grid._tbl.tblPr, "w:tblLook", edges)
    for side in ("w:left", "w:right"):
        append(edges, side, w=CELL_EDGE, type="dxa")
    widths = [Length(int(width * share)) for share in table.widths]
    for column, share in zip(grid.columns, widths, strict=True):
        column.width = share
    head, text, number = (str(word.styles[f"Table {kind}"].style_id) for kind in ("Head", "Text", "Number"))
    styles = [number if numeric else text for numeric in table.numeric]
    _add_row(grid, table.head, [head] * len(table.head), widths)
    top: Element = grid.rows[0]._tr.get_or_add_trPr()
    append(top, "w:tblHeader")
    for texts in table.rows:
        _add_row(grid, texts, styles, widths)
    rows: list[Row] = list(grid.rows)
    kept = rows[:-1] if table.together else [*rows[:2], *rows[-3:-1]]
    for row in [*kept, rows[-1]] if before_signature or table.notes else kept:
        for cell in row.cells:
            first: Line = cell.paragraphs[0]
            _keep_with_next(first)
    below = [*(_add_lines(word, (note,), "Table Note") for note in table.notes), add_line(word, "Table End")]
    for line in below if before_signature else below[: len(table.notes)]:
        _keep_with_next(line)


def _keep_with_next(line: Line, kept: bool = True) -> None:
    shape: ParagraphFormat = line.paragraph_format
    if kept:
        shape.keep_with_next = True


def _add_row(grid: Grid, texts: tuple[str, ...], styles: list[str], widths: list[Length]) -> None:
    row: Row = grid.add_row()  # type: ignore[no-untyped-call]
    look: Element = row._tr.get_or_add_trPr()
    append(look, "w:cantSplit")
    for cell, text, style, width in zip(row.cells, texts, styles, widths, strict=True):
        cell.width = width
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        line: Line = cell.paragraphs[0]
        line._p.style = style  # by its id: looking up names would cost more than all the rest
        add_text(line, text)


def _without_times(archive: bytes) -> bytes:
    """The same archive as if every file in it had been written at one moment."""
    stream = BytesIO()
    with ZipFile(BytesIO(archive)) as old, ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(ZipInfo(name, EARLIEST), old.read(name), ZIP_DEFLATED)
    return stream.getvalue()
