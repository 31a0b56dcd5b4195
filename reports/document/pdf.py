"""PDF: a document set with typst, laid out as the Word document is, with its charts."""

import re
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from reports.charts.charts import describe, draw_svg
from reports.document.document import Block, Document, Heading, Paragraph, Table
from reports.document.signing import indent_lines
from reports.setting.typesetting import compile_pdf


def render_pdf(document: Document) -> bytes:
    """Set a document as a PDF; the same document gives the same bytes, and the last two are not set again.

    Raises:
        FontMissingError: no Chinese typeface is installed.
    """
    return _set(document)


@lru_cache(maxsize=2)
def _set(document: Document) -> bytes:
    pictures: dict[str, bytes] = {}
    blocks = [_describe(block, pictures) for block in document.blocks]
    for block, after in zip(blocks, [*blocks[1:], {}], strict=True):
        block["stuck"] = after.get("role") == "signature"
    return compile_pdf(
        "section.typ",
        {
            "title": document.title,
            "name": document.name,
            "author": document.author,
            "day": [document.day.year, document.day.month, document.day.day],
            "mark": document.mark,
            "contents": document.contents,
            "compact": document.compact,
            "names": [re.escape(name) for name in document.names],
            "blocks": blocks,
        },
        pictures,
    )


def _describe(block: Block, pictures: dict[str, bytes]) -> dict[str, Any]:
    """A block as the template takes it; a chart leaves its drawing among the `pictures`."""
    if isinstance(block, Heading | Paragraph):
        rooms = indent_lines(block.lines) if isinstance(block, Paragraph) and block.role == "signature" else []
        return {"kind": type(block).__name__.lower(), **asdict(block), "rooms": rooms}
    if isinstance(block, Table):
        return {"kind": "table", **asdict(block), "widths": block.widths, "together": block.together}
    name = f"chart-{len(pictures) + 1}.svg"
    pictures[name] = draw_svg(block).encode()
    return {"kind": "chart", "caption": block.caption, "file": name, "words": describe(block)}
