"""Web: a document as one HTML file that needs no other file, no network and no script; its charts are SVG."""

from typing import Any

from reports.charts.charts import Chart, draw_narrow_svg, draw_svg
from reports.document.document import Block, Document, Heading, Paragraph, Table
from reports.setting.page_templates import load_page


def render_html(document: Document) -> str:
    """A document as a page with its charts; the same document gives the same text."""
    blocks = [_describe(place, block) for place, block in enumerate(document.blocks)]
    return load_page("document.html").render(document=document, blocks=blocks)


def _describe(place: int, block: Block) -> dict[str, Any]:
    if isinstance(block, Heading | Paragraph | Table):
        return {"kind": type(block).__name__.lower(), "block": block, "id": f"p{place}"}
    narrow = draw_narrow_svg(block) if isinstance(block, Chart) else ""
    return {"kind": "chart", "block": block, "id": f"p{place}", "svg": draw_svg(block), "narrow": narrow}
