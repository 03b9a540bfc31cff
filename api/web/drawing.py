"""Pictures of documents, drawn from the very bytes that are signed: every browser shows them, phones too.

Typst, which sets our documents, also draws them. What it draws from is handed over in memory, never as a file.
"""

import asyncio
import json
from itertools import count

import typst

DOTS_PER_INCH = 144.0
NO_FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
"""A document brings its own."""
SHEET = b"""
#set page(width: 210mm, height: auto, margin: 0pt)
#let document = bytes(json(bytes(sys.inputs.document)))
#stack(..range(int(sys.inputs.pages)).map(each => image(document, format: "pdf", page: each + 1, width: 100%)))
"""


class NotDrawn(ValueError):
    """It is no PDF, or none that can be drawn."""


async def drawn(pdf: bytes) -> bytes:
    """All pages as one PNG, one below the other; some 50 ms a page beside whatever else goes on."""
    return await asyncio.to_thread(_drawn, pdf)


def _drawn(pdf: bytes) -> bytes:
    content = json.dumps(list(pdf))
    picture = None
    for pages in count(1):  # how many there are is told only by the first that is missing
        try:
            told = {"document": content, "pages": str(pages)}
            picture = typst.compile(SHEET, format="png", ppi=DOTS_PER_INCH, sys_inputs=told, font_paths=NO_FONTS)
        except typst.TypstError:
            break
    if picture is None:
        raise NotDrawn("the document cannot be drawn")
    return picture
