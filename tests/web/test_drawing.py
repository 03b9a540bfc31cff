"""Pictures of documents show what the documents' own bytes say, page by page."""

import io

import pikepdf
import pytest
from PIL import Image, ImageChops

from api.web.drawing import NotDrawn, drawn
from documents import certificate, extract
from tests.documents import samples

A4 = 297 / 210


def ink(picture: bytes) -> int:
    """How many pixels are dark."""
    return sum(Image.open(io.BytesIO(picture)).convert("L").histogram()[:100])


async def test_a_document_is_drawn_large_enough_to_be_read():
    picture = await drawn(certificate.render(samples.certificate()))
    width, height = Image.open(io.BytesIO(picture)).size
    assert width > 1000
    assert height / width == pytest.approx(A4, rel=0.01)
    assert ink(picture) > 10_000


async def test_another_document_looks_otherwise_and_the_same_the_same():
    first, again, other = [
        Image.open(io.BytesIO(await drawn(certificate.render(samples.certificate({"full_name": name})))))
        for name in ("ĐỖ MINH KHUÊ", "ĐỖ MINH KHUÊ", "ĐỖ MINH KHUYÊN")
    ]
    assert ImageChops.difference(first.convert("L"), again.convert("L")).getbbox() is None
    assert ImageChops.difference(first.convert("L"), other.convert("L")).getbbox() is not None


async def test_every_page_is_there():
    with pikepdf.open(io.BytesIO(extract.render(samples.extract()))) as pdf:
        pdf.pages.append(pdf.pages[0])
        pdf.save(twice := io.BytesIO())
    one, two = await drawn(extract.render(samples.extract())), await drawn(twice.getvalue())
    assert Image.open(io.BytesIO(two)).height == 2 * Image.open(io.BytesIO(one)).height
    assert ink(two) == pytest.approx(2 * ink(one), rel=0.01)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\x89PNG"])
async def test_what_is_no_pdf_is_said_to_be_none(content: bytes):
    with pytest.raises(NotDrawn):
        await drawn(content)
