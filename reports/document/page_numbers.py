"""Page numbers: where the parts of a document begin, read from the PDF that is set of it."""

import pypdfium2

from reports.document.document import Document
from reports.document.pdf import render_pdf


def find_pages(document: Document) -> list[int]:
    """The page of each heading of the first level, from 1, in their order.

    Raises:
        FontMissingError: no Chinese typeface is installed.
    """
    with pypdfium2.PdfDocument(render_pdf(document)) as pdf:
        places = (mark.get_dest() for mark in pdf.get_toc() if mark.level == 0)
        return [place.get_index() + 1 for place in places]
