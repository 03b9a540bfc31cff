"""Every kind of document as a machine, an archive and a stranger's name find it."""

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from contracts.failures import DocumentNotRendered
from documents import certificate as certificates
from documents import extract as extracts
from documents.official import Form, OfficialPaper
from tests.documents.reading import text_of
from tests.documents.samples import PAPER, certificate, extract


class Kind(NamedTuple):
    """`named`: a record about somebody of this name, who came from a place of this name too."""

    make: Callable[..., OfficialPaper]
    named: Callable[[str], OfficialPaper]
    render: Callable[[Any], bytes]
    form: Form


CERTIFICATE = Kind(
    certificate,
    lambda name: certificate(child={"full_name": name, "hometown": name}),
    certificates.render,
    certificates.FORM,
)
EXTRACT = Kind(
    extract,
    lambda name: extract(deceased={"full_name": name}, cause=name),
    extracts.render,
    extracts.FORM,
)


@pytest.fixture(scope="module", params=[CERTIFICATE, EXTRACT], ids=["certificate", "extract"])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture(scope="module")
def pdf(kind: Kind) -> bytes:
    return kind.render(kind.make())


def test_equal_records_give_equal_bytes_in_any_process(kind: Kind, pdf: bytes) -> None:
    record = type(kind.make())
    program = (
        f"import hashlib, sys; from {record.__module__} import {record.__name__} as Record, render;"
        "print(hashlib.sha256(render(Record.model_validate_json(sys.stdin.read()))).hexdigest())"
    )
    other = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program],
        input=kind.make().model_dump_json().encode(),
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert other.stdout.decode().strip() == hashlib.sha256(pdf).hexdigest()
    assert kind.render(kind.make()) == pdf


def test_the_record_is_read_back_from_the_pdf(kind: Kind, pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        attached = opened.attachments[kind.form.attachment].get_file().read_bytes()
    record = kind.make()
    assert type(record).model_validate_json(attached) == record
    assert json.loads(attached)["requester"]["full_name"] == record.requester.full_name


def test_the_qr_code_leads_to_the_check(pdf: bytes, tmp_path: Path) -> None:
    subprocess.run(  # noqa: S603
        ["pdftoppm", "-r", "150", "-png", "-singlefile", "-", str(tmp_path / "page")],  # noqa: S607
        input=pdf,
        check=True,
    )
    with Image.open(tmp_path / "page.png") as page:
        codes = zxingcpp.read_barcodes(page)
    assert [code.text for code in codes] == [PAPER["verify_url"]]


def test_it_is_archival_tagged_and_carries_its_fonts(pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        metadata = opened.Root.Metadata.read_bytes().decode()
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang) == "vi-VN"
        fonts = [font.DescendantFonts[0] for page in opened.pages for font in page.Resources.Font.values()]
        assert fonts
        assert all("/FontFile2" in font.FontDescriptor or "/FontFile3" in font.FontDescriptor for font in fonts)
        assert len(opened.pages) == 1
    for claim in ("<pdfaid:part>3<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert claim in metadata


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn " * 17,
        "Łukasz Øyvind Müller-Ñandú",
        "H'Hen Niê Ksơr",
        "Юлия Ελένη",
        '#panic("x") *b* $x$ \\ @ref <label>',
    ],
)
def test_long_foreign_and_hostile_names_come_out_as_written(kind: Kind, name: str) -> None:
    text = text_of(kind.render(kind.named(name)))
    assert " ".join(name.split()) in text
    assert " ".join(name.upper().split()) in text


def test_a_letter_without_a_font_is_a_failure_that_names_nobody(kind: Kind) -> None:
    with pytest.raises(DocumentNotRendered) as failure:
        kind.render(kind.named("山田太郎"))
    assert "山" not in str(failure.value)
    assert failure.value.__context__ is None
