"""From a template and a record to an archival PDF (PDF/A-3a, PDF/UA-1), the same byte for byte for the same record.

What a record says reaches the template as data only (`sys.inputs`), never as markup. Fonts: Be Vietnam Pro (OFL-1.1),
then typst's own for letters that it lacks; the machine's fonts play no part.
"""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import fontpkg_be_vietnam_pro  # type: ignore[import-untyped]
import typst
import zxingcpp

from contracts.failures import DocumentNotRendered

TEMPLATES = Path(__file__).parent / "templates"
STANDARDS: "list[typst.PDFStandard]" = ["a-3a", "ua-1"]


class Attachment(NamedTuple):
    """The record itself, carried inside the PDF for machines."""

    name: str
    description: str
    data: bytes


def typeset(
    template: str, fields: dict[str, object], *, attachment: Attachment, verify_url: str, at: datetime
) -> bytes:
    """Fill `templates/<template>` with JSON-ready fields; CPU work of some ms, safe from any thread.

    `verify_url` becomes the QR code, `at` (aware) the document's date. Raises DocumentNotRendered, most likely for a
    letter that no font here has.
    """
    data = {**fields, "qr": _qr(verify_url), "verify_url": verify_url, "attachment": _described(attachment)}
    pdf = _compiled(template, json.dumps(data, ensure_ascii=False), at)
    if pdf is None:
        raise DocumentNotRendered("the document could not be set")
    return pdf


def _compiled(template: str, data: str, at: datetime) -> bytes | None:
    compiler, lock = _press()
    try:
        with lock:
            pdf = compiler.compile(
                input=str(TEMPLATES / template),
                format="pdf",
                sys_inputs={"data": data},
                pdf_standards=STANDARDS,
                timestamp=at.replace(microsecond=0).astimezone(UTC),
            )
    except typst.TypstError:
        # Its message quotes the record: not even as a context may it go on from here.
        return None
    return pdf if isinstance(pdf, bytes) else None


@cache
def _press() -> tuple[typst.Compiler, Lock]:
    """One compiler a process, so that fonts are read once; it keeps its inputs, hence one caller at a time."""
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=True,
        font_paths=[fontpkg_be_vietnam_pro.ROOT / "files"],
    )
    return typst.Compiler(root=TEMPLATES, font_paths=fonts), Lock()


def _qr(url: str) -> str:
    return zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg()


def _described(attachment: Attachment) -> dict[str, str]:
    return {"name": attachment.name, "description": attachment.description, "data": attachment.data.decode()}
