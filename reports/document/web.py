"""Web: a document as one HTML file that needs no other file and no network.

Without a script, and on paper, it shows the charts as SVG; with one, Plotly draws the same charts anew.
"""

from functools import cache
from typing import Any

from reports.charts.charts import draw_svg
from reports.charts.plots import SCRIPT, allow, read_bundle, write_plot
from reports.document.document import Block, Document, Heading, Paragraph, Table
from reports.setting.page_templates import load_page


def render_html(document: Document) -> str:
    """A document as a page with its charts; the same document gives the same text."""
    blocks = [_describe(place, block) for place, block in enumerate(document.blocks)]
    scripts = [read_bundle(), SCRIPT] if any(block["kind"] == "chart" for block in blocks) else []
    return load_page("document.html").render(document=document, blocks=blocks, scripts=scripts, allowed=_allow(scripts))


@cache
def _allow_script(script: str) -> str:
    return allow(script)


def _allow(scripts: list[str]) -> str:
    """The scripts of a content security policy."""
    return " ".join(map(_allow_script, scripts)) or "'none'"


def _describe(place: int, block: Block) -> dict[str, Any]:
    if isinstance(block, Heading | Paragraph | Table):
        return {"kind": type(block).__name__.lower(), "block": block, "id": f"p{place}"}
    return {"kind": "chart", "block": block, "id": f"p{place}", "svg": draw_svg(block), "plot": write_plot(block)}
