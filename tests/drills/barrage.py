"""Garbled callbacks and uploads, many at once: how each was answered, and how soon."""

import asyncio
import base64
import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from cli import place
from cli.families import family
from cli.legal_time import today
from cli.stack import Role, Stack
from runtime.settings import Settings
from tests.drills.garbage import Body, mangled, said, spoiled_pdf

AT_ONCE = 8
OUTCOME_UNKNOWN, AGAIN_AFTER_S = 503, 0.5
AGENCIES = ("population",) * 6 + ("residence", "social-insurance", "vneid", "nobody", "..", "%00")


@dataclass(frozen=True)
class Shot:
    """One garbled call; `what`: which one, and how it was garbled."""

    what: str
    path: str
    content: bytes
    headers: dict[str, str]


@dataclass
class Barrage:
    """What became of every call."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    """In seconds, and which one it was."""
    failed: list[str] = field(default_factory=list)
    """Those that were answered with a server error, or not in time."""

    @property
    def figures(self) -> str:
        """Calls, by class of status, and the slowest."""
        classes = Counter(f"{status // 100}xx" for status in self.statuses.elements())
        told = ", ".join(f"{count} {name}" for name, count in sorted(classes.items()))
        return f"{self.statuses.total()} calls: {told}; slowest answer {self.slowest[0]:.2f} s ({self.slowest[1]})"


async def fire(shots: Iterable[Shot], known: Settings, patience: float) -> Barrage:
    """Send them all, a few at a time; each is to be answered before `patience` ends."""
    result, waiting = Barrage(), iter(shots)
    async with httpx.AsyncClient(base_url=place.api_url(known), timeout=patience, trust_env=False) as http:

        async def hand() -> None:
            for shot in waiting:
                await _sent(http, shot, result, patience)

        async with asyncio.TaskGroup() as hands:
            for _ in range(AT_ONCE):
                hands.create_task(hand())
    return result


async def _sent(http: httpx.AsyncClient, shot: Shot, result: Barrage, patience: float) -> None:
    began = time.monotonic()
    try:
        async with asyncio.timeout(patience):
            answer = await http.post(shot.path, content=shot.content, headers=shot.headers)
            while answer.status_code == OUTCOME_UNKNOWN and "retry-after" in answer.headers:  # as callers do
                await asyncio.sleep(AGAIN_AFTER_S)
                answer = await http.post(shot.path, content=shot.content, headers=shot.headers)
    except (TimeoutError, httpx.TransportError) as err:
        result.failed.append(f"{shot.what}: {type(err).__name__} {err}")
        return
    result.slowest = max(result.slowest, (time.monotonic() - began, shot.what))
    result.statuses[answer.status_code] += 1
    if answer.is_server_error:
        result.failed.append(f"{shot.what}: {answer.status_code} {answer.text}")


# ---- what is sent


@dataclass(frozen=True)
class Gunner:
    """Makes the n-th call, the same one for the same seed; `tasks`: signatures that wait, by their drafts' bytes."""

    known: Settings
    portal: str
    chair: str
    dossiers: list[str]
    tasks: dict[str, bytes]

    def shots(self, seed: int, count: int) -> Iterable[Shot]:
        for number in range(count):
            draw = Random(f"{seed}/{number}")  # noqa: S311  # draws that a seed repeats
            make = (self.callback, self.callback, self.filing, self.signature)[number % 4]
            shot = make(draw)
            yield Shot(f"{seed}/{number} {shot.what}", shot.path, shot.content, shot.headers)

    def callback(self, draw: Random) -> Shot:
        """Most are rightly signed: what is behind the signature's check is to be reached."""
        agency = draw.choice(AGENCIES)
        body = {
            "message_id": f"msg_{draw.getrandbits(64):x}",
            "reference": f"YC-{draw.randrange(10**6)}",
            "dossier": draw.choice(self.dossiers),
            "step": draw.choice(["issue_id"] * 3 + ["register_residence", "issue_card"]),
            "answer": draw.choice(
                [
                    {"outcome": "granted", "result": {"personal_id": f"0{draw.randrange(10**11):011}"}},
                    {"outcome": "refused", "reason": "data_mismatch", "text": "Không khớp", "legal_basis": "Điều 12"},
                ]
            ),
        }
        how, content = mangled(draw, body)
        headers = self._signed(draw, agency, body["message_id"], content)
        return Shot(f"callback {agency} {how}", f"/v1/callbacks/{agency}", content, headers)

    def _signed(self, draw: Random, agency: str, message: str, content: bytes) -> dict[str, str]:
        at = str(int(time.time()))
        secret = base64.b64decode(self.known.callback_secret(agency).removeprefix("whsec_"))
        mac = base64.b64encode(hmac.digest(secret, f"{message}.{at}.".encode() + content, "sha256")).decode()
        headers = {"webhook-id": message, "webhook-timestamp": at, "webhook-signature": f"v1,{mac}"}
        if draw.random() < 0.25:
            name = draw.choice(sorted(headers))
            headers[name] = draw.choice(["", "0", "-1", "9" * 400, "v1,", "v1,%%%", "v2," + mac, "NaN", "1e99"])
        media = draw.choice([*["application/json"] * 3, "text/plain", "x", "a/b; charset=x"])
        return {**headers, "content-type": media}

    def filing(self, draw: Random) -> Shot:
        """A filing whose papers, or whose body, are not what they should be."""
        body = family("V-B01", self.known.sample_office, today(), draw.getrandbits(32), paper=True).filing
        paper = body["attachments"][0]
        if draw.random() < 0.3:
            how, content = mangled(draw, body)
        else:
            how = _spoil_paper(draw, paper)
            body["attachments"] *= 1 if how == "paper size" else draw.choice([1, 1, 1, 2, 21])
            content = said(body)
        return Shot(f"filing {how}", "/v1/dossiers", content, self._bearing(draw, self.portal))

    def signature(self, draw: Random) -> Shot:
        """A signed PDF that is none."""
        task = draw.choice(sorted(self.tasks))
        draft = self.tasks[task]
        how, pdf = spoiled_pdf(draw, draft)
        shown = hashlib.sha256(draft).hexdigest()
        body: Body = {"method": "token", "document_sha256": shown, "signed_pdf": base64.b64encode(pdf).decode()}
        content = said(body)
        if draw.random() < 0.2:
            how, content = mangled(draw, body)
        return Shot(f"signature {how}", f"/v1/tasks/{task}/signature", content, self._bearing(draw, self.chair))

    def _bearing(self, draw: Random, token: str) -> dict[str, str]:
        return {
            "authorization": f"Bearer {token}",
            "idempotency-key": f"{draw.getrandbits(64):x}",
            "content-type": "application/json",
        }


def _spoil_paper(draw: Random, paper: dict[str, Any]) -> str:
    content = base64.b64decode(paper["content_base64"])
    how = draw.choice(["bytes", "hash", "base64", "name", "size"])
    match how:
        case "bytes":
            how, content = spoiled_pdf(draw, content)
            paper["sha256"] = hashlib.sha256(content).hexdigest()
            paper["content_base64"] = base64.b64encode(content).decode()
        case "hash":
            paper["sha256"] = draw.choice(["0" * 64, "", "F" * 64, "x", paper["sha256"][:-1]])
        case "base64":
            paper["content_base64"] = draw.choice(["A", "====", "ẵ", "JVBERi0*", paper["content_base64"][:-1], "\0"])
        case "name":
            paper["name"] = draw.choice(["../../etc/passwd", "\0.pdf", "\u202efdp.exe", "x" * 501, "", "con:"])
        case "size":
            content = b"%PDF-" + bytes(5_000_000)
            paper["sha256"] = hashlib.sha256(content).hexdigest()
            paper["content_base64"] = base64.b64encode(content).decode()
    return f"paper {how}"


async def gunner(stack: Stack, dossiers: list[str], tasks: list[str]) -> Gunner:
    """One who knows these dossiers and has seen what is to be signed."""
    portal, chair = await stack.token(Role.PORTAL), await stack.token(Role.CHAIR)
    api = place.api_url(stack.settings)
    drafts: dict[str, bytes] = {}
    async with httpx.AsyncClient(base_url=api, headers={"Authorization": f"Bearer {chair}"}, trust_env=False) as http:
        for task in tasks:
            shown = await stack.read(f"/v1/tasks/{task}", Role.CHAIR)
            answer = await http.get(f"/v1/dossiers/{shown['dossier']}/documents/{shown['document']['id']}")
            drafts[task] = answer.raise_for_status().content
    return Gunner(stack.settings, portal, chair, dossiers, drafts)
