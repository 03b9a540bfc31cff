"""The birth certificate as a reader, a machine and an archive see it."""

import hashlib
import io
import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from contracts.failures import DocumentNotRendered
from documents.certificate import ATTACHMENT, NOT_YET_ISSUED, BirthCertificate, render
from tests.documents.samples import RECORD, certificate


def text_of(pdf: bytes) -> str:
    """The words in reading order, each gap one space."""
    read = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)  # noqa: S607
    return " ".join(unicodedata.normalize("NFC", read.stdout.decode()).split())


def test_it_says_everything_in_vietnamese(unsigned: bytes) -> None:
    text = text_of(unsigned)
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "GIẤY KHAI SINH",
        "NGUYỄN HOÀNG THỤC QUYÊN",
        "21/11/2026",
        "Ngày hai mươi mốt tháng mười một năm hai nghìn không trăm hai mươi sáu",
        "TRẦN THỊ DIỄM HẰNG",
        "05/04/1996",
        "NGUYỄN ĐỨC HƯỞNG",
        "1994",
        "Số 12, ngõ 34 phố Mẫu, phường Mẫu Một, thành phố Hà Nội",
        "128/2026",
        "Hà Nội, ngày 23 tháng 11 năm 2026",
    ):
        assert said in text


def test_a_missing_personal_number_is_said_to_be_missing(unsigned: bytes) -> None:
    assert f"Số định danh cá nhân: {NOT_YET_ISSUED}" in text_of(unsigned)
    issued = text_of(render(certificate(child={"personal_id": "001326000123"})))
    assert "Số định danh cá nhân: 001326000123" in issued
    assert NOT_YET_ISSUED not in issued


def test_the_second_version_names_the_one_it_replaces(unsigned: bytes) -> None:
    second = text_of(render(certificate(version=2, replaces="2026-11-23")))
    assert "thay thế bản ngày 23/11/2026" in second
    assert "phiên bản 2" in second
    assert "thay thế" not in text_of(unsigned)


def test_an_unknown_father_and_an_unnamed_paper_are_no_obstacle() -> None:
    requester = {"full_name": "Trần Thị Diễm Hằng", "relation": "Mẹ"}
    text = text_of(render(certificate(father=None, requester=requester)))
    assert "người cha: Không có thông tin" in text
    assert "Giấy tờ tùy thân" not in text


def test_equal_records_give_equal_bytes_in_any_process(unsigned: bytes) -> None:
    program = (
        "import hashlib, sys; from documents.certificate import BirthCertificate, render;"
        "print(hashlib.sha256(render(BirthCertificate.model_validate_json(sys.stdin.read()))).hexdigest())"
    )
    other = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program],
        input=certificate().model_dump_json().encode(),
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert other.stdout.decode().strip() == hashlib.sha256(unsigned).hexdigest()
    assert render(certificate()) == unsigned


def test_the_record_is_read_back_from_the_pdf(unsigned: bytes) -> None:
    with pikepdf.open(io.BytesIO(unsigned)) as pdf:
        attached = pdf.attachments[ATTACHMENT].get_file().read_bytes()
    assert BirthCertificate.model_validate_json(attached) == certificate()
    assert json.loads(attached)["child"]["full_name"] == "Nguyễn Hoàng Thục Quyên"


def test_the_qr_code_leads_to_the_check(unsigned: bytes, tmp_path: Path) -> None:
    subprocess.run(  # noqa: S603
        ["pdftoppm", "-r", "150", "-png", "-singlefile", "-", str(tmp_path / "page")],  # noqa: S607
        input=unsigned,
        check=True,
    )
    with Image.open(tmp_path / "page.png") as page:
        codes = zxingcpp.read_barcodes(page)
    assert [code.text for code in codes] == [RECORD["verify_url"]]


def test_it_is_archival_tagged_and_carries_its_fonts(unsigned: bytes) -> None:
    with pikepdf.open(io.BytesIO(unsigned)) as pdf:
        metadata = pdf.Root.Metadata.read_bytes().decode()
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "vi-VN"
        fonts = [font.DescendantFonts[0] for page in pdf.pages for font in page.Resources.Font.values()]
        assert fonts
        assert all("/FontFile2" in font.FontDescriptor or "/FontFile3" in font.FontDescriptor for font in fonts)
        assert len(pdf.pages) == 1
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
def test_long_foreign_and_hostile_names_come_out_as_written(name: str) -> None:
    text = text_of(render(certificate(child={"full_name": name, "hometown": name})))
    assert " ".join(name.split()) in text
    assert " ".join(name.upper().split()) in text


def test_a_letter_without_a_font_is_a_failure_that_names_nobody() -> None:
    with pytest.raises(DocumentNotRendered) as failure:
        render(certificate(child={"full_name": "山田太郎"}))
    assert "山" not in str(failure.value)
    assert failure.value.__context__ is None
