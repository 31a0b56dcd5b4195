"""Looks: the styles, sizes and margins of a Word document, as GB/T 9704-2012 has them."""

from collections.abc import Mapping
from typing import NamedTuple

from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Length, Mm

# The typefaces of the standard, and what a computer without them has
STAND_INS = {"仿宋_GB2312": "仿宋", "楷体_GB2312": "楷体", "方正小标宋简体": "宋体"}
FANGSONG = "仿宋_GB2312"
HEI = "黑体"
KAI = "楷体_GB2312"
SONG = "方正小标宋简体"
LATIN = "Times New Roman"

# GB/T 9704-2012: A4, a type area of 156 x 225 mm with 22 lines of 28 characters
PAGE = (Mm(210), Mm(297))
WIDTH = Mm(156)
MARGINS = {"top_margin": Mm(37), "left_margin": Mm(28), "right_margin": Mm(26), "bottom_margin": Mm(35)}
HEADER = Mm(22)  # from the edge of the sheet
FOOTER = Mm(24)  # from the edge of the sheet; the folio stands 7 mm below the type area
PITCH = 28.95  # points from line to line
TIGHTER = -5  # twentieths of a point a character, so that 28 of them stand in a line
TITLE = 22.0  # points: 二号
BODY = 16.0  # 三号
FOLIO = 14.0  # 四号
CAPTION = 12.0  # 小四
CELL = 10.5  # 五号


class Look(NamedTuple):
    """How a style looks: sizes in points, `pitch` 0 as high as its content, `indent` in characters, `level` of a
    heading (0: none), `leader` whether dots lead to a number at the right edge."""

    typeface: str
    size: float
    pitch: float
    align: ALIGN
    indent: int = 0
    level: int = 0
    with_next: bool = False
    before: float = 0
    after: float = 0
    leader: bool = False


LOOKS: dict[str, Look] = {
    "Normal": Look(FANGSONG, BODY, PITCH, ALIGN.JUSTIFY),
    "Title": Look(SONG, TITLE, 36, ALIGN.CENTER, after=PITCH),
    "Heading 1": Look(HEI, BODY, PITCH, ALIGN.LEFT, indent=2, level=1, with_next=True),
    "Heading 2": Look(KAI, BODY, PITCH, ALIGN.LEFT, indent=2, level=2, with_next=True),
    "Heading 3": Look(FANGSONG, BODY, PITCH, ALIGN.LEFT, indent=2, level=3, with_next=True),
    "Heading 4": Look(FANGSONG, BODY, PITCH, ALIGN.LEFT, indent=2, level=4, with_next=True),
    "toc 1": Look(FANGSONG, BODY, PITCH, ALIGN.LEFT, leader=True),
    "toc 2": Look(FANGSONG, BODY, PITCH, ALIGN.LEFT, indent=2, leader=True),
    "Body Text": Look(FANGSONG, BODY, PITCH, ALIGN.JUSTIFY, indent=2),
    "Signature": Look(FANGSONG, BODY, PITCH, ALIGN.LEFT),
    "Caption": Look(HEI, CAPTION, 22, ALIGN.CENTER, with_next=True),
    "Table Unit": Look(FANGSONG, CELL, 16, ALIGN.RIGHT, with_next=True),
    "Table Head": Look(HEI, CELL, 15, ALIGN.CENTER),
    "Table Text": Look(FANGSONG, CELL, 15, ALIGN.LEFT),
    "Table Number": Look(FANGSONG, CELL, 15, ALIGN.RIGHT),
    "Table Note": Look(FANGSONG, CELL, 16, ALIGN.LEFT),
    "Table End": Look(FANGSONG, CELL, 10, ALIGN.LEFT),
    "Picture": Look(FANGSONG, CELL, 0, ALIGN.CENTER, with_next=True, before=6),
    "Picture Caption": Look(HEI, CAPTION, 22, ALIGN.CENTER, after=10),
    "Header": Look(HEI, CAPTION, 18, ALIGN.RIGHT),
    "Footer": Look(FANGSONG, FOLIO, 18, ALIGN.RIGHT),
}


class Layout(NamedTuple):
    """How a document is laid out: styles, margins, the width of tables and charts, header and footer from the edge."""

    looks: Mapping[str, Look] = LOOKS
    margins: Mapping[str, Length] = MARGINS
    width: Length = WIDTH
    header: Length = HEADER
    footer: Length = FOOTER


OFFICIAL = Layout()

SMALL = 10.0  # points: what stands on the one page of a compact document
SMALL_CELL = 9.0
SMALL_PITCH = 14.5
SMALL_MARGIN = Mm(16)
SMALL_SIZES = {TITLE: 16.0, BODY: SMALL, FOLIO: SMALL, CAPTION: SMALL, CELL: SMALL_CELL}


def _shrink(look: Look) -> Look:
    """A style of a compact document."""
    pitch = 22.0 if look.size == TITLE else SMALL_PITCH if look.size == BODY else SMALL_CELL + 3
    return look._replace(
        size=SMALL_SIZES[look.size],
        pitch=pitch if look.pitch else 0,
        before=look.before / 6,
        after=look.after / 6,
    )


COMPACT = Layout(
    looks={name: _shrink(look) for name, look in LOOKS.items()},
    margins=dict.fromkeys(MARGINS, SMALL_MARGIN),
    width=Length(PAGE[0] - 2 * SMALL_MARGIN),
    header=Mm(8),
    footer=Mm(8),
)
