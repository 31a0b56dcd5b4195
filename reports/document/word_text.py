"""Text in a Word file: signs that two scripts share are hinted as Chinese, and no label is broken at its hyphen."""

import re

from docx.document import Document as Word
from docx.text.paragraph import Paragraph as Line
from docx.text.run import Run

from reports.document.word_elements import Element, append, build_element

SHARED = re.compile("[“”‘’—…·×÷±≥≤≠≈‰℃§°]")
HYPHEN = re.compile(r"(?<=[0-9A-Za-z])-(?=[0-9A-Za-z])")


def add_line(word: Word, style: str) -> Line:
    """A new last paragraph in a style of this name.

    The style goes in by its id, which is its name without spaces: looked up by name, python-docx reads every style of
    the file once more for every paragraph.
    """
    line = word.add_paragraph()
    line._p.style = style.replace(" ", "")
    return line


def add_text(line: Line, text: str) -> Run:
    """Put a text last in a paragraph, as one run.

    Word sets “ ” — ≥ and their like in the Latin typeface unless told otherwise, and breaks 表3-2 after its hyphen.
    """
    run = line.add_run()
    for place, part in enumerate(HYPHEN.split(text)):
        if place:
            append(run._r, "w:noBreakHyphen")
        if part:
            run.add_text(part)
    if SHARED.search(text):
        letters: Element = run._r.get_or_add_rPr()
        letters.append(build_element("w:rFonts", hint="eastAsia"))
    return run


def add_field(parent: Element, instruction: str, shown: str) -> None:
    """Put a field into a paragraph or link, with what it shows until it is updated."""
    _add_mark(parent, "begin")
    append(append(parent, "w:r"), "w:instrText").text = instruction
    _add_mark(parent, "separate")
    append(append(parent, "w:r"), "w:t").text = shown
    _add_mark(parent, "end")


def _add_mark(parent: Element, kind: str) -> None:
    append(append(parent, "w:r"), "w:fldChar", fldCharType=kind)
