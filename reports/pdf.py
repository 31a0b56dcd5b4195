"""PDF: a document set with typst, laid out as the Word document is, with its charts."""

from dataclasses import asdict

from reports.document import Document, Table
from reports.typesetting import compile_pdf


def render_pdf(document: Document) -> bytes:
    """Set a document as a PDF; the same document gives the same bytes.

    Raises:
        FontMissingError: no Chinese typeface is installed.
    """
    blocks = [
        {
            **asdict(block),
            "kind": type(block).__name__.lower(),
            **({"widths": block.widths} if isinstance(block, Table) else {}),
        }
        for block in document.blocks
    ]
    return compile_pdf(
        "section.typ",
        {
            "title": document.title,
            "author": document.author,
            "day": [document.day.year, document.day.month, document.day.day],
            "mark": document.mark,
            "blocks": blocks,
        },
    )
