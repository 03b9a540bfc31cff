# ruff: noqa: N815 - the partner's own names
"""VNeID: keeps signed results in a person's wallet; also the issuer of tokens (`vneid_issuer`).

`POST /documents` takes a signed result for one person's wallet:

    {"dossierCode", "citizenId": 12 digits, "documentType": "KQ.G15.000031", "documentName", "version": 1, "fileName",
     "sha256", "contentBase64": PDF}

and answers `{code, message, data}`:

    granted       200 "SUCCESS", data {transactionId, receipt}
    already done  200 "DUPLICATE", data {transactionId, receipt}
    pending       202 "PROCESSING", data {transactionId}
    refused       200 "REJECTED", data {transactionId, reasonCode, reason, legalBasis}
    suspected     200 "SUSPECTED_DUPLICATE", data null

`transactionId` is its reference. `GET /control/wallet/{citizenId}` lists what was handed over, oldest version first:
`[{dossier, kind, name, version, sha256, file_name, at, newest}]`.
"""

import json
from typing import Annotated, Self

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, model_validator

from sim_agencies import clock, vneid_issuer
from sim_agencies.desk import Answer, Desk, Effect, Granted, Key, Pending, Refused
from sim_agencies.fields import PersonalId, Sha256, Text, check_hash
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store

WALLET = "wallet"
REFUSALS = (
    Refusal(
        "no_account",
        "Công dân chưa có tài khoản định danh điện tử mức độ 2",
        "Nghị định 69/2024/NĐ-CP",
    ),
)


class Document(BaseModel):
    """A signed result on its way into a wallet."""

    dossierCode: Text
    citizenId: PersonalId
    documentType: Text
    documentName: Text
    version: Annotated[int, Field(ge=1)]
    fileName: Text
    sha256: Sha256
    contentBase64: Text

    @model_validator(mode="after")
    def _intact(self) -> Self:
        check_hash(self.contentBase64, self.sha256)
        return self

    @property
    def place(self) -> str:
        return f"{self.citizenId}/{self.dossierCode}/{self.documentType}/{self.version:06}"

    def entry(self) -> str:
        """What the wallet shows; a stand-in keeps no papers."""
        shown = {
            "dossier": self.dossierCode,
            "kind": self.documentType,
            "name": self.documentName,
            "version": self.version,
            "sha256": self.sha256,
            "file_name": self.fileName,
        }
        return json.dumps({"place": self.place, "entry": shown}, ensure_ascii=False)


def grant(store: Store, facts: str) -> Result:
    """Put it into the wallet."""
    document = json.loads(facts)
    entry = {**document["entry"], "at": clock.now().isoformat(timespec="milliseconds")}
    store.put(WALLET, document["place"], json.dumps(entry, ensure_ascii=False))
    return {"receipt": f"VN-{store.next_number('receipts'):08}"}


def wallet(store: Store, citizen_id: str) -> list[dict[str, object]]:
    """What a person holds; of each kind in a dossier the last version is the newest."""
    entries = [json.loads(body) for body in store.beginning_with(WALLET, f"{citizen_id}/")]
    newest = {(entry["dossier"], entry["kind"]): entry["version"] for entry in entries}
    return [{**entry, "newest": entry["version"] == newest[entry["dossier"], entry["kind"]]} for entry in entries]


def wire(answer: Answer) -> JSONResponse:
    """The answer in VNeID's words."""
    match answer:
        case Granted(reference=reference, result=result, already=already):
            code = "DUPLICATE" if already else "SUCCESS"
            return _reply(code, "Thành công", {"transactionId": reference, "receipt": result["receipt"]})
        case Pending(reference=reference):
            return _reply("PROCESSING", "Đang xử lý", {"transactionId": reference}, 202)
        case Refused(reference=reference, refusal=no):
            reasons = {"reasonCode": no.reason, "reason": no.text, "legalBasis": no.legal_basis}
            return _reply("REJECTED", "Từ chối", {"transactionId": reference, **reasons})
    return _reply("SUSPECTED_DUPLICATE", "Nghi ngờ trùng giấy tờ", None)


def _reply(code: str, message: str, content: dict[str, str | int] | None, status: int = 200) -> JSONResponse:
    return JSONResponse({"code": code, "message": message, "data": content}, status)


def create_app(desk: Desk) -> FastAPI:
    """The VNeID stand-in."""
    # Sample accounts must get tokens even in a drill that takes the wallet down; keys and discovery go down with it.
    app = desk.app("VNeID", wire, never_down=("/token",))
    app.include_router(vneid_issuer.router(desk.settings, desk.store))
    desk.offer(Effect("hand_over", grant, REFUSALS))

    @app.post("/documents")
    async def hand_over(document: Document, key: Key) -> JSONResponse:
        """Put a signed result into a wallet; safe to repeat."""
        identity = f"{document.place}|{document.sha256}"
        return wire(await desk.perform(Ask("hand_over", key, document.dossierCode, document.entry(), identity)))

    @app.get("/control/wallet/{citizen_id}")
    async def show(citizen_id: str) -> list[dict[str, object]]:
        """What was handed over to a person."""
        return wallet(desk.store, citizen_id)

    return app
