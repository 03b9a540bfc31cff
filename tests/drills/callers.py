"""Whoever calls back: the agency itself, and others who say that they are it."""

import base64
import hmac
import json
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any
from uuid import uuid4

import httpx

from cli import place
from cli.bench.grounds import Grounds
from cli.stack import Role, Stack

AGENCY = "population"
TOLERANCE_S = 300
STATES = ("received", "delivered", "duplicate", "unmatched", "refused")
Body = dict[str, Any]
Child = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request to the callback door, as it goes over the wire; sent again, it is a replay."""

    agency: str
    headers: dict[str, str]
    content: bytes


def granted(code: str, reference: str, number: str) -> Body:
    """The population database's late answer."""
    answer = {"outcome": "granted", "result": {"personal_id": number}}
    return {"message_id": new_id(), "reference": reference, "dossier": code, "step": "issue_id", "answer": answer}


def new_id() -> str:
    return f"msg_{uuid4().hex}"


class Callers:
    """Sign and call; look up at the agency what it has decided."""

    def __init__(self, ground: Grounds, http: httpx.AsyncClient) -> None:
        self._ground = ground
        self._http = http

    def call(self, body: Body, *, by: str = AGENCY, to: str = AGENCY, age_s: float = 0, key: bytes = b"") -> Call:
        """A message signed by Standard Webhooks, by whoever it is."""
        content, at = json.dumps(body).encode(), str(int(time.time() - age_s))
        secret = key or base64.b64decode(self._ground.settings.callback_secret(by).removeprefix("whsec_"))
        mac = hmac.digest(secret, f"{body['message_id']}.{at}.".encode() + content, "sha256")
        signature = f"v1,{base64.b64encode(mac).decode()}"
        headers = {"webhook-id": body["message_id"], "webhook-timestamp": at, "webhook-signature": signature}
        return Call(to, headers, content)

    def frauds(self, body: Body) -> Iterator[tuple[Call, int, str]]:
        """The same words said wrongly, each with the status and the problem that it must get."""
        told = self.call(body)
        unsigned = Call(AGENCY, {}, told.content)
        other = Call(AGENCY, told.headers, told.content.replace(b"granted", b"refused"))
        for forged in (
            self.call(body, by="residence"),
            self.call(body, key=token_bytes(32)),
            self.call(body, age_s=TOLERANCE_S + 60),
            self.call(body, age_s=-TOLERANCE_S - 60),
            unsigned,
            other,
        ):
            yield forged, 401, "signature-invalid"
        yield self.call(body, by="residence", to="residence"), 422, "invalid"  # another agency's path, its own key
        yield self.call(body, to="customs"), 404, "agency-unknown"

    async def send(self, call: Call) -> httpx.Response:
        url = f"{place.api_url(self._ground.settings)}/v1/callbacks/{call.agency}"
        headers = {"content-type": "application/json", **call.headers}
        return await self._http.post(url, content=call.content, headers=headers)

    async def asked(self, code: str, child: Child) -> dict[str, Any]:
        """The case under the key that the dossier uses: whoever asks first, there is one case."""
        sex = "NU" if child["sex"] == "female" else "NAM"
        wire = {"maHoSo": code, "maTinh": "01", "ngaySinh": child["born_on"].replace("-", ""), "gioiTinh": sex}
        url = f"{self._ground.settings.agencies_url}/{AGENCY}/personal-ids"
        answer = await self._http.post(url, json=wire, headers={"Idempotency-Key": f"{code}:issue_id:1"})
        case: dict[str, Any] = answer.raise_for_status().json()
        return case

    async def decided(self, code: str, child: Child) -> Body:
        """The agency decides now, and tells nobody; what its callback would have said."""
        await self._ground.stack.agency("POST", f"{AGENCY}/control/answers", {"dossier": code})
        case = await self.asked(code, child)
        return granted(code, case["maYeuCau"], case["soDinhDanh"])


async def inbox(stack: Stack, messages: Collection[str]) -> dict[str, str]:
    """In which state support sees each of these messages; those that were not kept are missing."""
    found: dict[str, str] = {}
    for state in STATES:
        cursor: str | None = ""
        while cursor is not None:
            asked = {"state": state, "limit": "200", **({"cursor": cursor} if cursor else {})}
            page = await stack.read("/v1/callbacks", Role.SUPPORT, **asked)
            found |= {each["message_id"]: state for each in page["items"] if each["message_id"] in messages}
            cursor = page["next"]
    return found
