"""Contents of a Word file: each heading with its page written in, linked to the heading by a bookmark.

WPS shows a contents field that was never updated as empty, so that everything a reader sees is there before.
"""

from collections.abc import Sequence

from docx.document import Document as Word
from docx.text.paragraph import Paragraph as Line

from reports.document.document import Document, Heading
from reports.document.word_elements import Element, append, build_element
from reports.document.word_text import add_field, add_line, add_text

LISTED = 1  # levels of headings in the list of contents


def add_contents(word: Word, document: Document, pages: Sequence[int]) -> None:
    """List the headings with their `pages`, without pages where there are none.

    Word makes the list anew when its field is updated; until then the pages are those of the PDF.
    """
    headings = list_headings(document)
    lines = [add_line(word, f"toc {heading.level}") for heading in headings]
    for place, (line, heading) in enumerate(zip(lines, headings, strict=True)):
        if not place:
            append(append(line._p, "w:r"), "w:fldChar", fldCharType="begin")
            append(append(line._p, "w:r"), "w:instrText").text = f'TOC \\o "1-{LISTED}" \\h \\z \\u'
            append(append(line._p, "w:r"), "w:fldChar", fldCharType="separate")
        _add_entry(line, heading.text, name_bookmark(place), pages[place] if pages else None)
    if lines:
        append(append(lines[-1]._p, "w:r"), "w:fldChar", fldCharType="end")


def list_headings(document: Document) -> list[Heading]:
    """The headings that the contents list, in their order."""
    return [block for block in document.blocks if isinstance(block, Heading) and block.level <= LISTED]


def name_bookmark(place: int) -> str:
    """What the heading at a place of the contents is marked with."""
    return f"_Toc{place + 1:08}"


def mark_heading(line: Line, place: int) -> None:
    """Put a bookmark around a heading."""
    number = str(place)
    first: Element = line.runs[0]._r
    first.addprevious(build_element("w:bookmarkStart", id=number, name=name_bookmark(place)))
    append(line._p, "w:bookmarkEnd", id=number)


def _add_entry(line: Line, text: str, bookmark: str, page: int | None) -> None:
    entry: Element = add_text(line, text)._r
    link = append(line._p, "w:hyperlink", anchor=bookmark, history="1")
    link.append(entry)
    if page is not None:
        append(append(link, "w:r"), "w:tab")
        add_field(link, f"PAGEREF {bookmark} \\h", str(page))
