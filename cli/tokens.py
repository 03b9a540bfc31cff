"""`lienthong sign-task`: signing with a token of one's own, at the machine that it is plugged into."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import typer

from cli import timeline
from cli.login import logged_in
from cli.stack import TIMEOUT_S, AgenciesUrl, Role, Stack, Url, stack_at
from cli.token_device import TokenKey, opened, said
from cli.trouble import Problem, Trouble
from contracts.dossier import DocumentKind, TaskState
from runtime.settings import Settings

PIN, BEARER = "LIENTHONG_TOKEN_PIN", "LIENTHONG_BEARER"
METHOD = "token"
PATIENCE_S = 60.0
"""So long an answer that does not come is asked for again, with the same key."""
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
KINDS = {
    DocumentKind.BIRTH_CERTIFICATE: said("Giấy khai sinh", "birth certificate"),
    DocumentKind.DEATH_EXTRACT: said("Trích lục khai tử", "death extract"),
}
PROBLEMS = {
    "certificate-unknown": said("Chứng thư trên thiết bị chưa được đăng ký", "the token's certificate is not known"),
    "no-token-certificate": said("Bạn chưa đăng ký chứng thư nào của thiết bị", "no token certificate is registered"),
    "certificate-expired": said("Chứng thư trên thiết bị không còn hạn", "the token's certificate does not hold now"),
    "not-on-duty": said("Bạn không có trong danh sách trực ký của đơn vị", "not on the office's duty register"),
    "stale-document": said("Văn bản đã thay đổi, hãy đọc lại", "the document changed, read it again"),
    "task-closed": said("Việc này đã xong", "this task is closed"),
    "signature-invalid": said("Chữ ký không hợp lệ", "the signature is not valid"),
}
"""What a clerk is told before the API's own words."""


def register(app: typer.Typer) -> None:
    """Add this topic's command."""
    app.command("sign-task")(sign_task)


def sign_task(
    task: Annotated[str, typer.Argument(help="The task's id.")],
    module: Annotated[Path, typer.Option(help="The token's PKCS#11 module, as its maker installs it.")],
    token_label: Annotated[str, typer.Option(help="The token's label.")],
    key_label: Annotated[str | None, typer.Option(help="The key's label, where the token holds several.")] = None,
    pin_prompt: Annotated[bool, typer.Option("--pin-prompt", help=f"Ask for the PIN also where {PIN} is set.")] = False,
    login: Annotated[bool, typer.Option("--login", help="Log in also where a sample chair would sign.")] = False,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Sign a task's document with the token in this machine; its PIN and key stay here.

    Whoever signs logs in in the browser, unless a bearer token in LIENTHONG_BEARER names them. On the local stack the
    sample chair signs without a login.
    """
    at = _Place(url, agencies, asyncio.run(_bearer(agencies, login=login)))
    shown, document, kind = asyncio.run(_shown(task, at))
    with _laid_open(document) as path:
        print(f"{kind}\n  {said('đơn vị', 'office')}: {shown['office']}\n  SHA-256: {shown['document_sha256']}")
        print(f"  {said('đọc tại', 'read it at')}: {path}", flush=True)
        if not typer.confirm(said("Ký văn bản này?", "Sign this document?")):
            raise Trouble(said("Chưa ký gì cả", "nothing was signed"))
    with opened(module, token_label, _pin(ask=pin_prompt), key_label) as key:
        view = asyncio.run(_signed(shown, key, at))
    print(said("Đã ký, dấu của cơ quan theo sau", "signed; the office's seal follows"))
    print("\n".join([timeline.title(view), *timeline.standing(view)]))


@dataclass(frozen=True)
class _Place:
    """Where the stack is, and who signs there; `bearer` none: the local stack's sample chair."""

    url: str | None
    agencies: str | None
    bearer: str | None


async def _bearer(agencies: str | None, *, login: bool) -> str | None:
    if given := os.environ.get(BEARER):
        return given
    async with stack_at(agencies=agencies) as stack, httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as http:
        known = stack.settings
        return await logged_in(known, http) if login or not _local(known) else None


def _local(known: Settings) -> bool:
    """Sample accounts have their secrets in our own code: they are for no issuer but the stand-in on this machine."""
    return known.environment == "local" and urlsplit(known.issuer).hostname in LOOPBACK


async def _shown(task: str, at: _Place) -> tuple[dict[str, Any], bytes, str]:
    """The task as it waits, its document exactly as it will be signed, and what that is."""
    async with _as_signer(at) as stack:
        shown = await stack.read(f"/v1/tasks/{task}", Role.CHAIR)
        if shown["state"] != TaskState.OPEN or shown["document"] is None:
            raise Trouble(said("Việc này không chờ chữ ký", "this task waits for no signature"))
        code, document = shown["dossier"], shown["document"]["id"]
        content = await stack.fetch(f"/v1/dossiers/{code}/documents/{document}", Role.CHAIR)
        view = await stack.read(f"/v1/dossiers/{code}", Role.CHAIR)
    if sha256(content).hexdigest() != shown["document_sha256"]:
        raise Trouble(said("Văn bản tải về không khớp", "what came is not the document that the task names"))
    kind = next(each["kind"] for each in view["documents"] if each["id"] == document)
    return shown, content, KINDS[DocumentKind(kind)]


async def _signed(shown: dict[str, Any], key: TokenKey, at: _Place) -> dict[str, Any]:
    """Prepare at the API, sign on the token, finish at the API; the dossier as it then stands."""
    path, document = f"/v1/tasks/{shown['id']}", {"document_sha256": shown["document_sha256"]}
    named = {"certificate": base64.b64encode(key.certificate).decode()} if key.certificate else {}
    async with _as_signer(at, PATIENCE_S) as stack:
        try:
            prepared = await stack.send(f"{path}/preparation", Role.CHAIR, document | named)
            if prepared["algorithm"] != key.algorithm:
                raise Trouble(said("Khóa không khớp chứng thư đã đăng ký", "the key is not the certificate's"))
            value = base64.b64encode(key.sign(base64.b64decode(prepared["hash_to_sign"]))).decode()
            body = {"method": METHOD, "signature": value, **document}
            view: dict[str, Any] = await stack.send(f"{path}/signature", Role.CHAIR, body)
        except Problem as problem:
            raise Trouble(f"{PROBLEMS.get(problem.name, said('Chưa ký', 'not signed'))}\n{problem}") from None
    return view


@asynccontextmanager
async def _as_signer(at: _Place, patience: float = 0.0) -> AsyncIterator[Stack]:
    async with stack_at(at.url, at.agencies, patience=patience) as stack:
        if at.bearer:
            stack.act_with(Role.CHAIR, at.bearer)
        yield stack


@contextmanager
def _laid_open(document: bytes) -> Iterator[Path]:
    """The document in a folder of the reader's own, for as long as it is read."""
    with TemporaryDirectory(prefix="lienthong-") as folder:
        path = Path(folder) / "van-ban.pdf"
        path.write_bytes(document)
        yield path


def _pin(*, ask: bool) -> str:
    given = None if ask else os.environ.get(PIN)
    return given or str(typer.prompt(said("Mã PIN của thiết bị", "the token's PIN"), hide_input=True))
