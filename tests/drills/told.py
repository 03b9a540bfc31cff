"""Everything happens to planted families, and whatever anybody could read meanwhile is kept."""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from cli import place, scripted
from cli.bench.grounds import Grounds
from cli.stack import Role
from contracts.dossier import TaskKind
from tests.drills import bad_callers, engine_sight
from tests.drills.bad_callers import Call
from tests.drills.lives import Lives
from tests.drills.planted import ADDRESS_TOKEN, CHILD, FIELD, MOTHER, PHONE, STREET, WRONG_PIN, Garden
from tests.drills.stages import seen
from tests.drills.traces import files
from workers.rooms import Rooms

STUMBLING = ("residence", "social-insurance")
EXEMPT = "sim"
"""The stand-ins' own registers: what they know is theirs. Their log is not."""
OUTCOME_UNKNOWN = 503
"""On a busy machine a decision may get it: it is no last word, and callers come again with the same key."""
NOBODYS = "G22.99.08-000000-000000"


@dataclass
class Told:
    """What was said where, and what was planted."""

    garden: Garden = field(default_factory=Garden)
    codes: list[str] = field(default_factory=list)
    places: dict[str, bytes] = field(default_factory=dict)
    unsealed: list[str] = field(default_factory=list)
    sealed: int = 0
    answered: list[int] = field(default_factory=list)
    """How each wrong call was answered."""
    quoted: list[str] = field(default_factory=list)
    """What agencies answered."""
    lines: list[str] = field(default_factory=list)
    """Methods and addresses of our calls to them."""
    searched: list[str] = field(default_factory=list)

    @property
    def values(self) -> set[str]:
        return self.garden.values

    def keep(self, when: str, places: Mapping[str, bytes]) -> None:
        self.places |= {f"{when}{name}": content for name, content in places.items()}

    def hear(self, call: Call, answer: httpx.Response) -> None:
        """What a problem says in its own words: where it points, it repeats the caller's names of fields."""
        self.answered.append(answer.status_code)
        place = f"answer {len(self.answered)}, to {call.method} {call.path}"
        if answer.headers.get("content-type") != "application/problem+json":
            self.keep("", {place: answer.content})
            return
        problem = answer.json()
        errors = [(each["code"], each["message"]) for each in problem.pop("errors")]
        words = {name: value for name, value in problem.items() if name != "instance"}
        self.keep("", {place: json.dumps([words, errors], ensure_ascii=False).encode()})

    async def look(self, ground: Grounds) -> None:
        """What the engine shows now."""
        for name, messages in (await engine_sight.shown(ground.settings)).items():
            self.places[name] = self.places.get(name, b"") + engine_sight.written(messages)
            self.unsealed += engine_sight.unsealed(messages)
            self.sealed += engine_sight.sealed(messages)


async def everything_happens(ground: Grounds, rounds: int) -> Told:
    """Lives of every kind, then every wrong call; everything that could be read of it."""
    told = Told()
    async with httpx.AsyncClient(base_url=place.api_url(ground.settings), timeout=60, trust_env=False) as http:
        lives = Lives(ground.stack, told.garden, http)
        await ground.stack.send("/v1/webhooks", Role.PORTAL, {"url": f"http://127.0.0.1:9/{ADDRESS_TOKEN}"})
        for _ in range(rounds):
            await _live(ground, lives, told)
        await _call_wrongly(lives, told)
        told.keep("", {"/metrics": (await http.get("/metrics")).content})
    await told.look(ground)
    await _read_exchanges(ground, told)
    found = await ground.stack.send("/v1/searches", Role.SUPPORT, {"name": CHILD})
    told.searched += [each["code"] for each in found["items"]]
    told.keep("", files(ground.settings.state_dir, but=EXEMPT))
    return told


async def _live(ground: Grounds, lives: Lives, told: Told) -> None:
    told.codes += await asyncio.gather(lives.straight(), lives.supplemented(), lives.withdrawn(), lives.unset())
    told.codes.append(await lives.unreadable())
    stumbling = await lives.stumbling(STUMBLING)
    await told.look(ground)
    await lives.calm(*STUMBLING)
    await lives.ends(stumbling)
    told.codes += [stumbling, *await asyncio.gather(lives.refused(), lives.buggy(ground))]
    told.codes.append(await lives.called_back())


async def _call_wrongly(lives: Lives, told: Told) -> None:
    stack, garden = lives.stack, told.garden
    tokens = {role: await stack.token(role) for role in Role}
    garden.values |= {token.rpartition(".")[2] for token in tokens.values()}

    async def call(wrong: Call) -> None:
        headers = bad_callers.headed(wrong, tokens[wrong.role] if wrong.role else None)
        while True:
            answer = await lives.http.request(wrong.method, wrong.path, content=wrong.sent, headers=headers)
            if answer.status_code != OUTCOME_UNKNOWN:
                return told.hear(wrong, answer)
            told.keep("", {f"a call to come again, to {wrong.method} {wrong.path}": answer.content})
            await asyncio.sleep(scripted.LOOK_EVERY_S)

    review, parked = await lives.filed(), await lives.unset()
    signed = await lives.accepted()
    told.codes += [review, parked, signed]
    task = await scripted.open_task(stack, review, TaskKind.REVIEW)
    signature = await scripted.open_task(stack, signed, TaskKind.SIGNATURE)
    incident = (await seen(stack, parked, lambda view: view["incidents"]))["incidents"][0]["id"]
    filing = await garden.family(stack, 0)
    for wrong in bad_callers.wrong(filing, review, task, signature, incident):
        await call(wrong)
    await call(bad_callers.too_large(filing))
    shown = (await stack.read(f"/v1/tasks/{signature}", Role.CHAIR))["document_sha256"]
    garbage = base64.b64encode(f"%PDF-1.7 {CHILD} {MOTHER}".encode()).decode()
    for body in ({"method": "remote", "pin": WRONG_PIN}, {"method": "token", "signed_pdf": garbage}):
        await call(Call("POST", f"/v1/tasks/{signature}/signature", Role.CHAIR, {**body, "document_sha256": shown}))
    await _call_back_wrongly(lives, told, signed)
    await scripted.sign(stack, signature)


async def _call_back_wrongly(lives: Lives, told: Told, code: str) -> None:
    """Malformed, forged, for nobody's dossier."""
    granted = {"outcome": "granted", "result": {"personal_id": PHONE, FIELD: CHILD}}
    for answer, more in (
        ({"outcome": CHILD, FIELD: MOTHER}, {}),
        ({"outcome": "granted", "result": {FIELD: CHILD}}, {}),
        ({"outcome": "refused", "reason": STREET, "text": 5}, {}),
        (CHILD, {}),
        (granted, {"step": CHILD}),
        (granted, {"dossier": f"{CHILD} {PHONE}"}),
        (granted, {"message_id": MOTHER}),
        (granted, {"reference": [CHILD]}),
        (granted, {"secret_of": "residence"}),
    ):
        answered = await lives.call_back(code, answer, **more)
        told.hear(Call("POST", "/v1/callbacks/population", None, {**more, "answer": answer}), answered)
    assert (await lives.call_back(NOBODYS, granted)).status_code == 202  # kept for support to see, and sealed


async def _read_exchanges(ground: Grounds, told: Told) -> None:
    rooms = Rooms.open(ground.settings)
    for code in told.codes:
        for exchange in await rooms.exchanges.of(code):
            told.lines.append(exchange.request.partition("\n")[0])
            told.quoted.append(exchange.answer or "")
    await rooms.close()
    told.keep("", {"the addresses that we called": "\n".join(told.lines).encode()})
