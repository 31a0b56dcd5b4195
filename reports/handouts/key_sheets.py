"""Key sheets: one page for each of the three holders, with the share as a QR code and as ten groups to type."""

from dataclasses import asdict, dataclass
from datetime import date

from reports.handouts.slips import draw_text_qr
from reports.setting.typesetting import compile_pdf

FILE = "{number} KEY-SHEET {round} 启封密钥单.pdf"


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetPage:
    """What a key sheet says: whose round, which of the three, and its text (ten groups parted by hyphens)."""

    county: str
    organiser: str
    round_name: str
    number: int
    text: str
    made: date
    closes: date
    invented: bool


def render_key_sheet(page: SheetPage) -> bytes:
    """Set one key sheet with its envelope cover as a PDF of one page; raises FontMissingError."""
    sheet = asdict(page) | {
        "groups": page.text.split("-"),
        "qr": draw_text_qr(page.text),
        "made": _day(page.made),
        "closes": _day(page.closes),
    }
    return compile_pdf("key_sheet.typ", {"sheet": sheet})


def sheet_file(page: SheetPage) -> str:
    """The name of a sheet's file, its number first and in ASCII."""
    return FILE.format(number=page.number, round=page.round_name)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
