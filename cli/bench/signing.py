"""`lienthong bench signing`: one document signed, verified and sealed, and fifty under one PIN."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509 import ocsp

from cli.bench.filing import Tell
from cli.bench.grounds import Grounds, grounds
from cli.bench.office import Office
from cli.bench.processes import cpu_between, snapshot
from cli.bench.spread import Spread, by_part
from cli.scripted import PIN
from cli.stack import Role
from contracts.dossier import TaskKind
from documents.signatures import Evidence, Proof, Received, SigningIdentity, fingerprint, finish, prepare, verify

BATCH = 50
WARM_UP = 3
PATIENCE_S = 300.0
CHAIR = "chair-sample"
DER = serialization.Encoding.DER


@dataclass
class Parts:
    """What one signature took, without the authorities' answers."""

    prepare: list[float] = field(default_factory=list)
    sign: list[float] = field(default_factory=list)
    verify: list[float] = field(default_factory=list)

    @property
    def together(self) -> list[float]:
        """One document."""
        return [sum(parts) for parts in zip(self.prepare, self.sign, self.verify, strict=True)]

    def add(self, prepare: float, sign: float, verify: float) -> None:
        """One more document."""
        self.prepare.append(prepare)
        self.sign.append(sign)
        self.verify.append(verify)

    def lines(self) -> list[str]:
        """The figures."""
        ours = {"prepare": self.prepare, "sign": self.sign, "verify": self.verify, "together": self.together}
        return [f"  {name}: {Spread.of(took).shown('ms', 1000)}" for name, took in ours.items()]


@dataclass
class Seconds:
    """What was seen, in seconds."""

    signature: Parts = field(default_factory=Parts)
    seal: Parts = field(default_factory=Parts)
    """Nobody waits for it at a desk."""
    call: list[float] = field(default_factory=list)
    """One `POST …/signature`, the authorities' answers included."""
    batch: list[float] = field(default_factory=list)
    batch_cpu: list[dict[str, float]] = field(default_factory=list)
    """Core-seconds of each process while a batch was answered, what signatures set off included."""

    def lines(self) -> list[str]:
        """The figures."""
        return [
            f"one document, without the authorities' answers, {len(self.signature.together)} times:",
            *self.signature.lines(),
            "its seal afterwards, likewise, with the proof for both signatures laid under it:",
            *self.seal.lines(),
            f"one call, everything included, {len(self.call)} times: {Spread.of(self.call).shown('ms', 1000)}",
            f"{BATCH} under one PIN, {len(self.batch)} times: {Spread.of(self.batch).shown('s', 1, 1)}",
            *(f"  core-seconds: {by_part(each, 1)}" for each in self.batch_cpu),
        ]


async def run(documents: int, calls: int, batches: int, tell: Tell) -> Seconds:
    """The benchmark on a stack of its own."""
    seconds = Seconds()
    async with grounds() as ground:
        await ground.stack.agency("PUT", "population/control/faults", {"pending_rate": 0})
        tasks = await _laid_out(ground, 1 + calls + batches * BATCH)
        await _apart(ground, tasks[0], documents, seconds)
        for task in tasks[1 : 1 + calls]:
            body = {"method": "remote", "pin": PIN, "document_sha256": task["document_sha256"]}
            seconds.call.append(await _timed(ground, f"/v1/tasks/{task['id']}/signature", body))
        for number in range(batches):
            chosen = tasks[1 + calls + number * BATCH :][:BATCH]
            items = [{"task": task["id"], "document_sha256": task["document_sha256"]} for task in chosen]
            body = {"method": "remote", "pin": PIN, "items": items}
            before = snapshot(ground)
            seconds.batch.append(await _timed(ground, "/v1/tasks/signatures", body))
            seconds.batch_cpu.append(cpu_between(before, snapshot(ground)))
            await asyncio.sleep(BATCH / 5)  # what the signatures set off is done before the next batch
    tell("\n".join(seconds.lines()))
    return seconds


async def _laid_out(ground: Grounds, count: int) -> list[dict[str, Any]]:
    """So many documents that wait for the chair."""
    office = Office(ground.stack, handles=frozenset({TaskKind.REVIEW}))
    waiting: list[dict[str, Any]] = []
    async with office.at_work(), asyncio.timeout(PATIENCE_S):
        hands = asyncio.Semaphore(8)

        async def one() -> None:
            async with hands:
                await office.file()

        await asyncio.gather(*(one() for _ in range(count)))
        while len(waiting) < count:
            await asyncio.sleep(office.look_every)
            page = await ground.stack.read("/v1/tasks", Role.CHAIR, kind=TaskKind.SIGNATURE, limit="200")
            waiting = page["items"]
    return [await ground.stack.read(f"/v1/tasks/{task['id']}", Role.CHAIR) for task in waiting[:count]]


async def _timed(ground: Grounds, path: str, body: object) -> float:
    began = time.perf_counter()
    answer = await ground.stack.send(path, Role.CHAIR, body)
    took = time.perf_counter() - began
    refused = [each["problem"] for each in answer.get("items", ()) if each["status"] != "signed"]
    if refused:
        raise RuntimeError(f"not signed: {refused[0]}")
    return took


async def _apart(ground: Grounds, task: dict[str, Any], times: int, seconds: Seconds) -> None:
    """The work itself in this process, by the sample token, after a few times that do not count."""
    bearer = {"Authorization": f"Bearer {await ground.stack.token(Role.CHAIR)}"}
    url = f"{ground.settings.public_url}/v1/dossiers/{task['dossier']}/documents/{task['document']['id']}"
    async with httpx.AsyncClient(trust_env=False) as http:
        pdf = (await http.get(url, headers=bearer)).raise_for_status().content
        keys = await ground.stack.agency("GET", f"signing/control/credentials/{CHAIR}/token-key")
        pen = Pen(http, ground.settings.signing_url, keys)
        for number in range(WARM_UP + times):
            put = await pen.put(pdf, "KySo1")
            sealed = await pen.put(put.pdf, "ConDau1", put.proof)
            if number >= WARM_UP:
                seconds.signature.add(*put.took)
                seconds.seal.add(*sealed.took)


@dataclass(frozen=True)
class Put:
    """What came out; `proof`: everything that a seal over it needs, since the key is the same here."""

    pdf: bytes
    proof: Proof
    took: tuple[float, float, float]
    """Seconds to prepare, to sign, to verify."""


class Pen:
    """Signs and seals with the sample token's key, and verifies; asks the authorities while no clock runs."""

    def __init__(self, http: httpx.AsyncClient, url: str, keys: dict[str, str]) -> None:
        self._http = http
        self._url = url
        key = serialization.load_pem_private_key(keys["private_key_pem"].encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("the sample token holds an EC key")
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(keys["certificate_pem"].encode())
        self._issuing, self._root = x509.load_pem_x509_certificates(keys["chain_pem"].encode())

    async def put(self, pdf: bytes, field_name: str, proof: Proof | None = None) -> Put:
        """One signature, or a seal over one."""
        own, issuing, root = (each.public_bytes(DER) for each in (self._certificate, self._issuing, self._root))
        identity = SigningIdentity(certificate=own, chain=(issuing, root))
        asked_for = 0.0

        async def timestamp(request: bytes) -> bytes:
            nonlocal asked_for
            asking = time.perf_counter()
            answer = await self._post("tsa", request, "application/timestamp-query")
            asked_for += time.perf_counter() - asking
            return answer

        began = time.perf_counter()
        said = {"field_name": field_name, "reason": "Cấp bản điện tử", "location": "Hà Nội"}
        prepared = await prepare(pdf, identity, **said, proof=proof)
        ready = time.perf_counter()
        signature = self._key.sign(prepared.hash_to_sign, ec.ECDSA(Prehashed(hashes.SHA256())))
        signed = await finish(prepared, signature=signature, timestamp=timestamp)
        finished = time.perf_counter()
        met = Received(signed).certificates()
        evidence = await self._evidence(met, issuing, root)
        verifying = time.perf_counter()
        verdict = await verify(
            Received(signed, pdf), unsigned=pdf, evidence=evidence, expected_signers=[fingerprint(own)], over=proof
        )
        verified = time.perf_counter()
        if not verdict.ok:
            raise RuntimeError(f"not accepted: {verdict.problems}")
        of_both = Proof(certificates=(*met, root), ocsps=evidence.ocsps, crls=evidence.crls)
        return Put(signed, of_both, (ready - began, finished - ready - asked_for, verified - verifying))

    async def _evidence(self, certificates: Sequence[bytes], issuing: bytes, root: bytes) -> Evidence:
        people = [der for der in certificates if der not in {issuing, root}]
        answers = [await self._post("ocsp", self._question(der), "application/ocsp-request") for der in people]
        crl = (await self._http.get(f"{self._url}/crl/root.crl")).raise_for_status().content
        return Evidence(roots=(root,), intermediates=(issuing,), ocsps=tuple(answers), crls=(crl,))

    def _question(self, der: bytes) -> bytes:
        subject = x509.load_der_x509_certificate(der)
        asked = ocsp.OCSPRequestBuilder().add_certificate(subject, self._issuing, hashes.SHA256()).build()
        return asked.public_bytes(DER)

    async def _post(self, path: str, content: bytes, media_type: str) -> bytes:
        headers = {"Content-Type": media_type}
        answer = await self._http.post(f"{self._url}/{path}", content=content, headers=headers)
        return answer.raise_for_status().content
