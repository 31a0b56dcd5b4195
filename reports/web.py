"""Web: a document as one HTML file that needs no other file, no network and no script."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from reports.charts import draw_svg
from reports.document import Block, Document, Heading, Paragraph, Table
from reports.typesetting import TEMPLATES


def render_html(document: Document) -> str:
    """A document as a page with its charts; the same document gives the same text."""
    blocks = [_describe(place, block) for place, block in enumerate(document.blocks)]
    return _template().render(document=document, blocks=blocks)


def _describe(place: int, block: Block) -> dict[str, Any]:
    if isinstance(block, Heading | Paragraph | Table):
        return {"kind": type(block).__name__.lower(), "block": block, "id": f"p{place}"}
    return {"kind": "chart", "block": block, "id": f"p{place}", "svg": draw_svg(block)}


@cache
def _template() -> Template:
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return pages.get_template("document.html")
