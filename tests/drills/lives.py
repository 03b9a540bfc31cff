"""What planted families go through: every way in which a dossier, an agency, a program or a caller fails them."""

import asyncio
import base64
import hmac
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from cli import scripted
from cli.bench.grounds import Grounds
from cli.stack import Role, Stack
from contracts.dossier import Stage, TaskKind
from tests.drills.planted import CHILD, FATHER, MOTHER, PAPER, STREET, WORDS, Garden
from tests.drills.stages import seen

NO_FONT_HAS_IT = "ꦏ"
BUG = "create trigger bug before insert on documents begin select raise(abort, 'bug'); end"


@dataclass
class Lives:
    """Files planted families and leads them through; `http` asks the API without minding the answer."""

    stack: Stack
    garden: Garden
    http: httpx.AsyncClient
    seed: int = 0

    async def filed(self, child: str = CHILD) -> str:
        self.seed += 1
        filing = await self.garden.family(self.stack, self.seed, child)
        return str((await self.stack.send("/v1/dossiers", Role.PORTAL, filing))["code"])

    async def accepted(self, child: str = CHILD) -> str:
        code = await self.filed(child)
        await scripted.accept(self.stack, await scripted.open_task(self.stack, code, TaskKind.REVIEW))
        return code

    async def faults(self, agency: str, **setting: Any) -> None:
        await self.stack.agency("PUT", f"{agency}/control/faults", setting)

    async def calm(self, *agencies: str) -> None:
        for agency in agencies:
            await self.stack.agency("DELETE", f"{agency}/control/faults")

    async def resolved(self, code: str, **decision: Any) -> None:
        incident = (await seen(self.stack, code, lambda view: view["incidents"]))["incidents"][0]["id"]
        body = {"reason": WORDS, **decision}
        await scripted.resolve(self.stack, incident, body)

    async def ends(self, code: str) -> None:
        view = await scripted.walk(self.stack, code)
        assert view["stage"] == Stage.RETURNED, view

    # ---- lives

    async def straight(self) -> str:
        """Nothing goes wrong."""
        code = await self.filed()
        await self.ends(code)
        return code

    async def supplemented(self) -> str:
        """The clerk asks in words, the citizen answers with another name and a paper."""
        code = await self.filed()
        task = await scripted.open_task(self.stack, code, TaskKind.REVIEW)
        papers = (await self.stack.read(f"/v1/tasks/{task}", Role.CLERK))["choices"]["papers"]
        await scripted.ask_supplement(self.stack, task, papers[:1], WORDS)
        asked = (await self.stack.read(f"/v1/dossiers/{code}", Role.PORTAL))["supplement"]
        changed = {"child": {"middle_name": PAPER}, "marriage": {"number": "1/2020", "place": STREET}}
        body = {"request": asked["id"], "declaration": changed, "attachments": []}
        await self.stack.send(f"/v1/dossiers/{code}/supplement", Role.PORTAL, body)
        await self.ends(code)
        return code

    async def withdrawn(self) -> str:
        """The citizen gives up, and says why."""
        code = await self.filed()
        await self.stack.send(f"/v1/dossiers/{code}/withdrawal", Role.PORTAL, {"reason": WORDS, "legs": None})
        return code

    async def unset(self) -> str:
        """A letter of the name cannot be set: typesetting fails with a message that quotes the record."""
        code = await self.accepted(f"{CHILD} {NO_FONT_HAS_IT}")
        await seen(self.stack, code, lambda view: view["incidents"])
        return code

    async def unreadable(self) -> str:
        """The registry answers in shapes that nobody can read, which quote what was asked; support helps in words."""
        await self.faults("civil-status", malformed_rate=1.0)
        code = await self.accepted()
        await seen(self.stack, code, lambda view: view["incidents"])
        await self.calm("civil-status")
        await self.resolved(code, decision="retry")
        await self.ends(code)
        return code

    async def stumbling(self, agencies: tuple[str, ...]) -> str:
        """The dossier stands before agencies that answer 500, and quote what was asked."""
        for agency in agencies:
            await self.faults(agency, error_rate=1.0)
        code = await self.accepted()
        await scripted.sign(self.stack, await scripted.open_task(self.stack, code, TaskKind.SIGNATURE))
        await seen(self.stack, code, lambda view: any(leg["state"] == "sent" for leg in view["legs"]))
        return code

    async def refused(self) -> str:
        """The card is refused with a reason; the rest is granted."""
        await self.faults("social-insurance", refuse_rate=1.0)
        code = await self.straight()
        await self.calm("social-insurance")
        return code

    async def called_back(self) -> str:
        """The number is refused late, in words that name people; support writes another one down."""
        await self.faults("population", pending_rate=1.0, answer_delay_s=[3600.0, 3600.0])
        code = await self.accepted()
        await seen(self.stack, code, lambda view: _leg(view, "personal_id")["state"] == "pending")
        answer = {"outcome": "refused", "reason": "data_mismatch", "text": f"{WORDS} {MOTHER}"}
        told = await self.call_back(code, {**answer, "legal_basis": f"Điều 12 {FATHER}"}, await self._case(code))
        assert told.status_code == 202, told.text
        await seen(self.stack, code, lambda view: view["incidents"])
        view = await self.stack.read(f"/v1/dossiers/{code}", Role.CLERK)
        task = await self.stack.read(f"/v1/tasks/{view['tasks'][0]['id']}", Role.CLERK)
        number = self.garden.number(task["declaration"]["child"])
        paper = {"name": f"{PAPER}.pdf", "content_base64": base64.b64encode(b"%PDF-1.4 " + WORDS.encode()).decode()}
        await self.resolved(code, decision="record_result", result={"personal_id": number}, evidence=paper)
        await self.calm("population")
        await self.ends(code)
        return code

    async def buggy(self, ground: Grounds) -> str:
        """Certificates cannot be stored, for a reason that nobody foresaw: the statement's values stand in its text."""
        database = ground.settings.state_dir / "lienthong.db"
        with _broken(database):
            code = await self.accepted()
            async with asyncio.timeout(scripted.PATIENCE_S):
                while not any("activity_bug" in line and code in line for line in ground.logs().splitlines()):
                    await asyncio.sleep(scripted.LOOK_EVERY_S)
        await self.ends(code)
        return code

    # ---- agencies' calls

    async def _case(self, code: str) -> str:
        """The reference under which the agency has the case: the same key asks for it again."""
        body = {"maHoSo": code, "maTinh": "01", "ngaySinh": "20261101", "gioiTinh": "NAM"}
        url = f"{self.stack.settings.agencies_url}/population/personal-ids"
        answer = await self.http.post(url, json=body, headers={"Idempotency-Key": f"{code}:issue_id:1"})
        return str(answer.raise_for_status().json()["maYeuCau"])

    async def call_back(
        self, code: str, answer: object, reference: str = f"YC {PAPER}", *, secret_of: str = "population", **more: Any
    ) -> httpx.Response:
        """An agency's signed word; by another's secret, a forged one."""
        body = {"message_id": f"msg_{uuid4().hex}", "reference": reference, "dossier": code, "step": "issue_id"}
        content = json.dumps({**body, "answer": answer, **more}).encode()
        at, message = str(int(time.time())), str(body["message_id"])
        secret = base64.b64decode(self.stack.settings.callback_secret(secret_of).removeprefix("whsec_"))
        mac = base64.b64encode(hmac.digest(secret, f"{message}.{at}.".encode() + content, "sha256")).decode()
        headers = {"webhook-id": message, "webhook-timestamp": at, "webhook-signature": f"v1,{mac}"}
        return await self.http.post("/v1/callbacks/population", content=content, headers=headers)


@contextmanager
def _broken(database: Path) -> Iterator[None]:
    with closing(sqlite3.connect(database, timeout=60, isolation_level=None)) as records:
        records.execute(BUG)
        try:
            yield
        finally:
            records.execute("drop trigger bug")


def _leg(view: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(leg for leg in view["legs"] if leg["kind"] == kind)
