# ruff: noqa: N815 - the partners' own names
"""Agencies that hold a birth certificate: each takes later versions of it.

`POST /documents` takes

    {"maHoSo": dossier, "loaiGiayTo": "KQ.G15.000031", "phienBan": 2, "tenTep", "sha256", "noiDung": base64 PDF}

and answers `{trangThai, maTiepNhan, …}`, `maTiepNhan` being its reference (`GET /documents/{reference}`):

    granted    200 DA_NHAN + soBienNhan       refused    200 TU_CHOI + maLyDo, lyDo, canCu
    pending    202 DANG_XU_LY                 suspected  200 NGHI_TRUNG, maTiepNhan null

`GET /control/certificates/{dossier}` lists the versions that the agency has, oldest first: `[{version, sha256}]`.
"""

import json
from typing import Annotated, Any, Self

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, model_validator

from sim_agencies.desk import Answer, Desk, Effect, Granted, Key, Pending, Refused
from sim_agencies.fields import Registered, Sha256, Text, check_hash
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store

CERTIFICATE = "certificate"
REFUSALS = (Refusal("not_our_dossier", "Hồ sơ không thuộc cơ quan này", "Nghị định 63/2024/NĐ-CP"),)


class SignedFile(BaseModel):
    """The signed certificate that comes with a request."""

    sha256: Sha256
    noiDung: Text

    @model_validator(mode="after")
    def _intact(self) -> Self:
        check_hash(self.noiDung, self.sha256)
        return self


class Certificate(Registered):
    """The register's line and, where it was sent along, the signed paper."""

    tepKySo: SignedFile | None = None


PAPER: Any = {"giayKhaiSinh": {"tepKySo": {"noiDung"}}}
"""What a stand-in does not keep."""


class NewerVersion(SignedFile):
    """A certificate that takes the place of an earlier one."""

    maHoSo: Text
    loaiGiayTo: Text
    phienBan: Annotated[int, Field(ge=1)]
    tenTep: Text


def keep(store: Store, dossier: str, version: int, sha256: str) -> None:
    """Remember which versions the agency has; the papers themselves are not kept."""
    known = json.loads(store.get(CERTIFICATE, dossier) or "{}")
    store.put(CERTIFICATE, dossier, json.dumps({**known, str(version): sha256}))


def grant(store: Store, facts: str) -> Result:
    told = json.loads(facts)
    keep(store, told["maHoSo"], told["phienBan"], told["sha256"])
    return {"receipt": f"GN-{store.next_number('receipts'):08}"}


def wire(answer: Answer) -> JSONResponse:
    """The answer to a newer version."""
    match answer:
        case Granted(reference=reference, result=result):
            receipt = result["receipt"]
            return JSONResponse({"trangThai": "DA_NHAN", "maTiepNhan": reference, "soBienNhan": receipt})
        case Pending(reference=reference):
            return JSONResponse({"trangThai": "DANG_XU_LY", "maTiepNhan": reference}, 202)
        case Refused(reference=reference, refusal=no):
            reasons = {"maLyDo": no.reason, "lyDo": no.text, "canCu": no.legal_basis}
            return JSONResponse({"trangThai": "TU_CHOI", "maTiepNhan": reference, **reasons})
    return JSONResponse({"trangThai": "NGHI_TRUNG", "maTiepNhan": None})


def offer(app: FastAPI, desk: Desk) -> None:
    """Let an agency take newer versions."""
    desk.offer(Effect("hand_over", grant, REFUSALS))

    @app.post("/documents")
    async def newer(version: NewerVersion, key: Key) -> JSONResponse:
        """Take a newer version; safe to repeat."""
        facts = version.model_dump_json(exclude={"noiDung"})
        return wire(await desk.perform(Ask("hand_over", key, version.maHoSo, facts)))

    @app.get("/documents/{reference}")
    async def enquiry(reference: str) -> JSONResponse:
        """Was it taken?"""
        return wire(await desk.enquire(reference))

    @app.get("/control/certificates/{dossier}")
    async def versions(dossier: str) -> list[dict[str, object]]:
        """Which versions the agency has."""
        known = json.loads(desk.store.get(CERTIFICATE, dossier) or "{}")
        return [{"version": int(number), "sha256": known[number]} for number in sorted(known, key=int)]
