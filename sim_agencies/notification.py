"""Notices to people by SMS, e-mail or the VNeID app, through one gateway.

`POST /notices` takes

    {"messages": [{"key", "dossier", "sequence": n, "channel": "SMS" | "EMAIL" | "VNEID", "to", "text"}]}

and answers each item, in order: `{"results": [{"key", "code", "receipt", "reason", "text"}]}`; `code` is ACCEPTED with
a `receipt`, or REJECTED with a `reason`, its `text` and `legal_basis`.
"""

from typing import Annotated, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from sim_agencies.desk import Decided, Desk, Effect, Granted, Refused
from sim_agencies.fields import Text
from sim_agencies.ledger import Ask, Refusal, Result
from sim_agencies.store import Store

REFUSALS = (
    Refusal(
        "recipient_unreachable",
        "Số điện thoại hoặc địa chỉ nhận không tồn tại",
        "Nghị định 118/2025/NĐ-CP",
    ),
)


class Notice(BaseModel):
    """One notice to one person."""

    key: Text
    dossier: Text
    sequence: int
    channel: Literal["SMS", "EMAIL", "VNEID"]
    to: Text
    text: Text


class Notices(BaseModel):
    """A batch."""

    messages: Annotated[list[Notice], Field(min_length=1, max_length=500)]


def grant(store: Store, _: str) -> Result:
    return {"receipt": f"TB-{store.next_number('receipts'):08}"}


def _item(answer: Decided | str) -> dict[str, object]:
    match answer:
        case Granted(result=result):
            return {"code": "ACCEPTED", "receipt": result["receipt"], "reason": None, "text": None}
        case Refused(refusal=no):
            return {"code": "REJECTED", "receipt": None, **no.as_dict()}
    raise TypeError(answer)  # nothing here objects in words alone


def create_app(desk: Desk) -> FastAPI:
    """The gateway's stand-in."""
    app = desk.app("Cổng tin nhắn")
    desk.offer(Effect("notice", grant, REFUSALS))

    @app.post("/notices")
    async def notices(batch: Notices) -> JSONResponse:
        """Take a batch of notices; each safe to repeat under its own key."""
        asks = [Ask("notice", item.key, item.dossier, item.model_dump_json()) for item in batch.messages]
        answers = await desk.perform_batch("notice", asks)
        items = [{"key": ask.key, **_item(answer)} for ask, answer in zip(asks, answers, strict=True)]
        return JSONResponse({"results": items})

    return app
