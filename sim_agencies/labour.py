"""Labour, merit and social protection (Nội vụ, Lao động): decides and pays benefits after a death.

Requests stand in `sim_agencies/benefits.py`. Merit decisions (`cheDo` NCC, CCB) go through a chain and are told later;
social protection is decided at once, payments are told later. It answers `{trangThai, maHoSoTroCap, …}`,
`maHoSoTroCap` being its reference:

    granted    200 DA_GIAI_QUYET + ketQua           refused    200 TU_CHOI + lyDo {ma, noiDung, canCuPhapLy}
    pending    202 DANG_GIAI_QUYET + buoc           suspected  200 NGHI_TRUNG, maHoSoTroCap null

`buoc` tells of a decision how far it is in its chain: XEM_XET, THAM_DINH, RA_QUYET_DINH; it is null for all else.
"""

import json
import time

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from sim_agencies import benefits
from sim_agencies.desk import Answer, Desk, Granted, Pending, Refused
from sim_agencies.ledger import Case

MERIT = {"NCC", "CCB"}
CHAIN = ("XEM_XET", "THAM_DINH", "RA_QUYET_DINH")


def create_app(desk: Desk) -> FastAPI:
    """The labour stand-in."""

    def wire(answer: Answer) -> JSONResponse:
        """The answer in the labour system's words."""
        match answer:
            case Granted(effect=effect, reference=reference, result=result):
                told = benefits.granted(effect, result)
                return JSONResponse({"trangThai": "DA_GIAI_QUYET", "maHoSoTroCap": reference, "ketQua": told})
            case Pending(reference=reference):
                step = _step(desk.ledger.by_reference(reference))
                return JSONResponse({"trangThai": "DANG_GIAI_QUYET", "maHoSoTroCap": reference, "buoc": step}, 202)
            case Refused(reference=reference, refusal=no):
                reason = {"ma": no.reason, "noiDung": no.text, "canCuPhapLy": no.legal_basis}
                return JSONResponse({"trangThai": "TU_CHOI", "maHoSoTroCap": reference, "lyDo": reason})
        return JSONResponse({"trangThai": "NGHI_TRUNG", "maHoSoTroCap": None})

    app = desk.app("Nội vụ, Lao động và Xã hội", wire)
    benefits.offer(app, desk, wire, "SNV", late=lambda benefit: benefit.cheDo in MERIT)
    return app


def _step(case: Case | None) -> str | None:
    """Each link of the chain takes a third of the time."""
    if case is None or case.due_at is None or not case.ask.effect.startswith("decide"):
        return None
    asked_at = json.loads(case.ask.facts)["asked_at"]
    passed = (time.time() - asked_at) / max(case.due_at - asked_at, 0.001)
    return CHAIN[min(int(passed * len(CHAIN)), len(CHAIN) - 1)]
