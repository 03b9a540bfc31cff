"""Calls that are refused, each with planted names where no name belongs."""

import base64
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from cli.stack import Role
from tests.drills.planted import (
    ADDRESS_TOKEN,
    CHILD,
    EMAIL,
    FATHER,
    FIELD,
    MOTHER,
    PAPER,
    PHONE,
    STREET,
    WORDS,
)

Filing = dict[str, Any]
FILED = "/v1/dossiers"
BODY_MOST = 40_000_000


@dataclass(frozen=True)
class Call:
    """One call; as JSON unless `content` is told."""

    method: str
    path: str
    role: Role | None
    body: Any = None
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def sent(self) -> bytes | None:
        if self.content is not None or self.body is None:
            return self.content
        return json.dumps(self.body, ensure_ascii=False).encode()


def wrong(filing: Filing, code: str, review: str, signature: str, incident: str) -> Iterator[Call]:
    """Everything that a caller may do wrong with names in hand."""
    yield from _filings(filing)
    yield from _addresses()
    yield from _about(code, review, signature, incident)


def too_large(filing: Filing) -> Call:
    """More than is ever read, all of it names."""
    return Call("POST", FILED, Role.PORTAL, content=json.dumps(filing).encode() + CHILD.encode() * (BODY_MOST // 8))


def _filings(filing: Filing) -> Iterator[Call]:
    def changed(*at: str, to: Any) -> Call:
        copy = deepcopy(filing)
        holder = copy
        for name in at[:-1]:
            holder = holder[name]
        holder[at[-1]] = to
        return Call("POST", FILED, Role.PORTAL, copy)

    yield changed("applicant", FIELD, to=CHILD)
    yield changed(FIELD, to={CHILD: MOTHER})
    yield changed("declaration", "mother", FIELD, to=MOTHER)
    yield changed("office", to=CHILD)
    yield changed("group", to=MOTHER)
    yield changed("channel", to=FATHER)
    yield changed("declaration", "case", to=CHILD)
    yield changed("declaration", "child", "born_on", to=f"{PHONE} {CHILD}")
    yield changed("declaration", "child", "sex", to={MOTHER: CHILD})
    yield changed("declaration", "child", "given_name", to=[CHILD, {FIELD: 1}])
    yield changed("declaration", "child", "given_name", to=f"{CHILD}\u202e")
    yield changed("declaration", "mother", "personal_id", to=f"{PHONE}{PHONE}")
    yield changed("declaration", "birth_notice", "code", to=STREET)
    yield changed("declaration", "copies", to=WORDS)
    yield changed("applicant", "email", to=f"{EMAIL}@{EMAIL}")
    yield changed("applicant", to=CHILD)
    yield changed("attachments", to=[{"kind": PAPER, "name": PAPER, "sha256": MOTHER, "content_base64": WORDS}])
    whole = json.dumps(filing, ensure_ascii=False).encode()
    yield Call("POST", FILED, Role.PORTAL, content=whole[: len(whole) // 2])
    yield Call("POST", FILED, Role.PORTAL, content=whole.replace(b'"', b"'"))
    yield Call("POST", FILED, Role.PORTAL, content=whole, headers={"content-type": "text/plain"})
    yield Call("POST", FILED, Role.PORTAL, content=CHILD.encode("utf-16"))
    yield Call("POST", FILED, Role.MANAGER, filing)
    yield Call("POST", FILED, None, filing)
    yield Call(
        "POST", FILED, None, filing, headers={"authorization": f"Bearer {ADDRESS_TOKEN}.{FIELD.encode().hex()}.x"}
    )


def _addresses() -> Iterator[Call]:
    """Nobody is asked about by an address; somebody will try."""
    name, number = quote(CHILD), PHONE
    for path in (f"/v1/dossiers/{name}", f"/v1/tasks/{name}", f"/{name}", f"/v1/dossiers/{number}/journal"):
        yield Call("GET", path, Role.SUPPORT)
    for query in (
        f"office={name}",
        f"cursor={name}",
        f"incident={number}",
        f"{name}={number}",
        f"limit={name}",
    ):
        yield Call("GET", f"/v1/dossiers?{query}", Role.SUPPORT)
    yield Call("GET", f"/v1/incidents?dossier={name}&code={number}", Role.SUPPORT)
    yield Call("POST", f"/v1/callbacks/{name}", None, {FIELD: CHILD})
    yield Call(quote(PAPER, safe=""), "/v1/tasks", Role.CLERK)
    for body in ({"name": CHILD}, {"name": MOTHER}, {"personal_id": PHONE}, {"code": CHILD}, {FIELD: CHILD}):
        yield Call("POST", "/v1/searches", Role.SUPPORT, body)
    for url in (f"gopher://{name}", f"https://{ADDRESS_TOKEN}@x/{CHILD}", CHILD):
        yield Call("POST", "/v1/webhooks", Role.PORTAL, {"url": url})


def _about(code: str, review: str, signature: str, incident: str) -> Iterator[Call]:
    yield Call("POST", f"/v1/tasks/{review}/review", Role.CLERK, {"decision": "reject", "reason": WORDS})
    yield Call("POST", f"/v1/tasks/{review}/review", Role.CLERK, {"decision": WORDS, "reason": CHILD, FIELD: 1})
    papers = {"decision": "supplement", "reason": WORDS, "documents": ["zuxoaang.wjebaquu"]}
    yield Call("POST", f"/v1/tasks/{review}/review", Role.CLERK, papers)
    sha = {"document_sha256": "0" * 64}
    garbage = base64.b64encode(f"%PDF-1.7 {CHILD} {MOTHER}".encode()).decode()
    yield Call(
        "POST", f"/v1/tasks/{signature}/signature", Role.CHAIR, {"method": "token", "signed_pdf": garbage, **sha}
    )
    for decision in (
        {"decision": "retry_with", "reason": WORDS, "input": {FIELD: CHILD}},
        {"decision": "retry_with", "reason": WORDS, "input": {"child": {"surname": [MOTHER]}}},
        {"decision": "record_result", "reason": WORDS, "result": {"personal_id": {FIELD: PHONE}}},
        {"decision": CHILD, "reason": WORDS},
    ):
        yield Call("POST", f"/v1/incidents/{incident}/resolution", Role.SUPPORT, decision)
    supplement = {"request": CHILD, "declaration": {"child": {FIELD: CHILD, "given_name": 5}, MOTHER: FATHER}}
    yield Call("POST", f"/v1/dossiers/{code}/supplement", Role.PORTAL, supplement)
    yield Call("POST", f"/v1/dossiers/{code}/withdrawal", Role.PORTAL, {"reason": "", "legs": [WORDS], FIELD: STREET})


def headed(call: Call, token: str | None) -> dict[str, str]:
    """With a token of its role, and a key of its own."""
    bearing = {"authorization": f"Bearer {token}"} if token else {}
    return {"content-type": "application/json", "idempotency-key": uuid4().hex, **bearing, **call.headers}
