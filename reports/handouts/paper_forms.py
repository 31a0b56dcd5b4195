"""Paper forms: one A4 sheet that a person fills in by hand, without a code, a number or a name."""

from io import BytesIO
from typing import NamedTuple
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm

from questionnaires.county_words import speak_of
from questionnaires.paper import Paper
from questionnaires.vocabulary import Group
from reports.document.document import Document, read_document
from reports.document.looks import FANGSONG, HEI, LOOKS, Layout, Look
from reports.document.word import EARLIEST, render_docx
from reports.handouts.handout_words import load_handout_words
from reports.handouts.notices import Notice, describe_notice
from reports.setting.filing import name_files
from reports.setting.texts import fill
from reports.setting.typesetting import compile_pdf

SHEET = Layout(
    LOOKS
    | {
        "Title": Look(HEI, 18, 26, ALIGN.CENTER, after=4),
        "Body Text": Look(FANGSONG, 12, 17, ALIGN.JUSTIFY, indent=2),
        "Caption": Look(HEI, 12, 20, ALIGN.LEFT, with_next=True),
        "Table Head": Look(HEI, 10, 15, ALIGN.CENTER),
        "Table Text": Look(FANGSONG, 11.5, 15, ALIGN.LEFT),
        "Table Number": Look(FANGSONG, 16, 19, ALIGN.CENTER),
        "Table Note": Look(HEI, 11, 17, ALIGN.LEFT),
    },
    {"top_margin": Mm(18), "left_margin": Mm(18), "right_margin": Mm(18), "bottom_margin": Mm(15)},
    Mm(174),
    Mm(8),
    Mm(6),
)


class PrintedStack(NamedTuple):
    """Paper forms for some people of one class or unit, as people call them; they come back together."""

    unit: str
    class_name: str
    group: str
    people: int


def render_forms(paper: Paper, stack: PrintedStack, notice: Notice) -> bytes:
    """A cover for the envelope, and one sheet for each of the people, as an A4 PDF.

    Raises:
        FontMissingError: no Chinese typeface is installed.
        WordingError: a text of `notice` must not reach respondents.
    """
    about = _describe(paper, stack.group, notice)
    named = {"unit": stack.unit, "class": stack.class_name, "people": stack.people}
    return compile_pdf("form.typ", {**about, "stack": named}, tagged=False)


def form_document(paper: Paper, group: str, notice: Notice) -> Document:
    """One sheet as a document that the office can change, to be printed as often as needed."""
    text = fill("form.jinja", **_describe(paper, group, notice))
    mark = load_handout_words().invented if notice.invented else ""
    return read_document(text, {}, author=notice.organiser, day=notice.opens, mark=mark)


def pack_forms(paper: Paper, stack: PrintedStack, notice: Notice) -> tuple[str, bytes]:
    """Name and content of an archive with both: the PDF to print, and the sheet as a Word file."""
    files = load_handout_words().paper
    group = Group(stack.group).zh
    [name] = name_files([" ".join(filter(None, (stack.unit, stack.class_name, group)))])
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as archive:
        word = render_docx(form_document(paper, stack.group, notice), SHEET)
        archive.writestr(ZipInfo(files.pdf.format(name=name), EARLIEST), render_forms(paper, stack, notice))
        archive.writestr(ZipInfo(files.docx.format(group=group), EARLIEST), word)
    return files.archive.format(name=name), stream.getvalue()


def _describe(paper: Paper, group: str, notice: Notice) -> dict[str, object]:
    paper = speak_of(paper, notice.county)
    return {
        "notice": describe_notice(notice),
        "group": Group(group).zh,
        "title": paper.title,
        "opening": [*paper.opening, *([paper.guardian] if paper.guardian else [])],
        "stem": paper.stem,
        "options": [option.label for option in paper.options],
        "items": [item.stem + item.text for item in paper.items],
        "paper": load_handout_words().paper,
    }
