"""Valid requests to every agency, and how each tells what came of them."""

import asyncio
import base64
import hashlib
import itertools
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

MOTHER = "001190000001"
NUMBERS = itertools.count(1)
PDF = b"%PDF-1.7 sample"
REGISTERED = {"soDangKy": "1/2026", "quyenSo": "01-2026", "trangSo": 1, "ngayDangKy": "20261122"}


def new_dossier() -> str:
    return f"G22.99.08-261122-{next(NUMBERS):06}"


def a_birth(dossier: str, **child: Any) -> dict[str, Any]:
    nks = {"Ho": "Nguyễn", "ChuDem": "Văn", "Ten": uuid4().hex, "GioiTinh": 1, "NgaySinh": "01.06.2026"}
    place = {"NoiSinh": "Bệnh viện", "QueQuan": "Hà Nội", "DanToc": "Kinh", "QuocTich": "Việt Nam"}
    mother = {"HoTen": "Trần Thị B", "SoGiayToTuyThan": MOTHER}
    declared = {"DkksTruongHop": 1, "nks": {**nks, **place, **child}, "me": mother, "cha": None, "nyc": mother}
    return {
        "maDonVi": "00070",
        "module": "LTKS",
        "maHoSoLT": dossier,
        "ngayTiepNhan": "22/11/2026 08:00:00",
        "data": json.dumps({"hoTich": declared}),
        "fileDinhKem": [],
    }


def a_newborn(dossier: str, **changes: Any) -> dict[str, Any]:
    return {"maHoSo": dossier, "maTinh": "01", "ngaySinh": "20260601", "gioiTinh": "NAM", **changes}


def a_move(dossier: str) -> dict[str, Any]:
    return {
        "maHoSo": dossier,
        "giayKhaiSinh": REGISTERED,
        "nguoiDangKy": {"hoTen": "Nguyễn Văn An", "ngaySinh": "20260601", "gioiTinh": "NAM", "soDinhDanh": None},
        "noiThuongTru": {"maTinh": "01", "maXa": "00070", "chiTiet": "Số 1"},
        "chuHo": {"hoTen": "Trần Thị B", "soDinhDanh": MOTHER, "quanHe": "Con"},
        "yKien": [{"hoTen": "Trần Thị B", "soDinhDanh": MOTHER, "vaiTro": "CHU_HO", "hinhThuc": "VNEID"}],
    }


def a_card_request(dossier: str, born: str = "01/06/2026") -> dict[str, Any]:
    return {
        "maHoSo": dossier,
        "nguoiThamGia": {"hoTen": "Nguyễn Văn An", "ngaySinh": born, "gioiTinh": 1, "soDinhDanh": None},
        "giayKhaiSinh": REGISTERED,
        "maCSKCB": "01001",
    }


def a_result(dossier: str, content: bytes = PDF) -> dict[str, Any]:
    return {
        "maHoSo": dossier,
        "loaiGiayTo": "KQ.G15.000031",
        "tenGiayTo": "Giấy khai sinh",
        "phienBan": 1,
        "tenTep": "giay-khai-sinh.pdf",
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "noiDung": base64.b64encode(content).decode(),
    }


def a_document(dossier: str, citizen: str = "001226000001", version: int = 1) -> dict[str, Any]:
    return {
        "dossierCode": dossier,
        "citizenId": citizen,
        "documentType": "KQ.G15.000031",
        "documentName": "Giấy khai sinh",
        "version": version,
        "fileName": "giay-khai-sinh.pdf",
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "contentBase64": base64.b64encode(PDF).decode(),
    }


@dataclass(frozen=True)
class Call:
    """One effect call and the words by which its agency answers."""

    agency: str
    path: str
    effect: str
    body: Callable[[str], dict[str, Any]]
    word: Callable[[dict[str, Any]], Any]
    reference: str | None
    granted: Any
    pending: Any
    refused: Any
    suspected: Any

    async def ask(self, agencies: httpx.AsyncClient, dossier: str, key: str) -> httpx.Response:
        return await agencies.post(
            f"/{self.agency}/{self.path}", json=self.body(dossier), headers={"Idempotency-Key": key}
        )

    def reference_in(self, response: httpx.Response) -> str:
        answer = response.json()
        return answer[self.reference] if self.reference else answer["data"]["transactionId"]


def _moj(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["status"], answer["trangThai"]


CALLS = [
    Call("civil-status", "births", "register", a_birth, _moj, "maHoSo", (1, 4), (1, 3), (0, 6), (0, None)),
    Call(
        "population",
        "personal-ids",
        "issue_id",
        a_newborn,
        lambda answer: answer["trangThai"],
        "maYeuCau",
        "DA_CAP",
        "DANG_XU_LY",
        "TU_CHOI",
        "NGHI_TRUNG",
    ),
    Call(
        "residence",
        "registrations",
        "register_residence",
        a_move,
        lambda answer: answer["maTrangThai"],
        "soHoSoCuTru",
        "HOAN_THANH",
        "TIEP_NHAN",
        "TU_CHOI",
        "NGHI_TRUNG",
    ),
    Call(
        "social-insurance",
        "cards",
        "issue_card",
        a_card_request,
        lambda answer: answer["maKetQua"],
        "maGiaoDich",
        "00",
        "01",
        "02",
        "03",
    ),
    Call(
        "one-stop",
        "results",
        "hand_over",
        a_result,
        lambda answer: answer["errorCode"] if answer["errorCode"] == "NGHI_TRUNG" else answer["status"],
        "maTiepNhan",
        1,
        2,
        0,
        "NGHI_TRUNG",
    ),
    Call(
        "vneid",
        "documents",
        "hand_over",
        a_document,
        lambda answer: answer["code"],
        None,
        "SUCCESS",
        "PROCESSING",
        "REJECTED",
        "SUSPECTED_DUPLICATE",
    ),
]
CALL_OF = {call.agency: call for call in CALLS}


TOUCHED: set[str] = set()


async def set_faults(agencies: httpx.AsyncClient, agency: str, **faults: Any) -> None:
    response = await agencies.put(f"/{agency}/control/faults", json=faults)
    assert response.status_code == 200, response.text
    TOUCHED.add(agency)


async def clear_faults(agencies: httpx.AsyncClient) -> None:
    while TOUCHED:
        await agencies.delete(f"/{TOUCHED.pop()}/control/faults")


async def eventually(happened: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(20):
        while not await happened():
            await asyncio.sleep(0.02)


async def ledger(agencies: httpx.AsyncClient, agency: str, dossier: str) -> list[dict[str, Any]]:
    response = await agencies.get(f"/{agency}/control/ledger", params={"dossier": dossier})
    return response.json()
