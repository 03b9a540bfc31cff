"""Labour, merit and social protection: benefits after a death, decided in a chain of offices."""

from collections.abc import Callable
from typing import Literal, TypeVar

from pydantic import TypeAdapter

from adapters import wire
from adapters.benefit_forms import ACTS
from adapters.benefits import BenefitAdapter, Told
from adapters.http import Answer
from contracts.agencies import Granted, Pending, PendingCase, Refused
from contracts.base import Message
from contracts.benefit_steps import Progress
from contracts.benefits import Payer

M = TypeVar("M", bound=Message)
MERIT_FORM, SOCIAL_FORM = "MAU_12", "MAU_04"
"""Decree 131/2021/NĐ-CP for merit; Decree 20/2021/NĐ-CP for what the commune pays."""
MERIT = {Payer.MERIT, Payer.VETERAN}
ACT_OF = {word: act for act, word in ACTS.items()}


class _Refusal(wire.Reply):
    ma: str
    noiDung: str | None = None  # noqa: N815  # the partner's own names, here and below
    canCuPhapLy: str | None = None  # noqa: N815


class _Reply(wire.Reply):
    trangThai: Literal["DA_GIAI_QUYET", "DANG_GIAI_QUYET", "TU_CHOI", "NGHI_TRUNG"]  # noqa: N815
    maHoSoTroCap: str | None = None  # noqa: N815
    buoc: Literal["XEM_XET", "THAM_DINH", "RA_QUYET_DINH"] | None = None
    ketQua: Told | None = None  # noqa: N815
    lyDo: _Refusal | None = None  # noqa: N815


REPLY = TypeAdapter(_Reply)


class LabourAdapter(BenefitAdapter):
    """Says how far a decision is."""

    def form(self, payer: Payer) -> str:
        """Merit and social protection have forms of their own."""
        return MERIT_FORM if payer in MERIT else SOCIAL_FORM

    @wire.reading
    def read(self, answer: Answer, result: Callable[[Told], M]) -> Granted[M] | Refused | Pending:
        """The answer in the labour system's words."""
        reply = answer.read(REPLY)
        match reply.trangThai:
            case "DA_GIAI_QUYET":
                return wire.granted(result(reply.ketQua) if reply.ketQua is not None else None)
            case "DANG_GIAI_QUYET":
                return wire.pending(reply.maHoSoTroCap)
            case "TU_CHOI":
                no = reply.lyDo
                return wire.refused(no.ma if no else None, no.noiDung if no else None, no.canCuPhapLy if no else None)
            case "NGHI_TRUNG":
                raise wire.suspected()

    async def progress(self, pending: PendingCase) -> Progress:
        """How far is the decision? One question."""
        step = (await self._http.enquire(pending)).read(REPLY).buoc
        return Progress(act=ACT_OF[step] if step else None)
