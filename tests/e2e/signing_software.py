"""Signing as a program on a chair's machine would: a token's key, pyHanko in one go, an authority's time-stamp."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from asn1crypto import pem, tsp
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.stack import Stack


class Authority(TimeStamper):
    """The stand-in's time-stamping authority, asked over HTTP."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        super().__init__()
        self._http = http
        self._url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        headers = {"Content-Type": "application/timestamp-query"}
        answer = await self._http.post(self._url, content=req.dump(), headers=headers)
        return tsp.TimeStampResp.load(answer.raise_for_status().content)


GOOD_ANSWERS_HOLD_S = 5.0
"""So long an authority's answer may be relied upon that was given before the revocation."""


@asynccontextmanager
async def revoked(stack: Stack, credential: str) -> AsyncIterator[None]:
    """Meanwhile a certificate is revoked, and no earlier answer says otherwise any more."""
    path = f"{stack.agencies}/signing/control/credentials/{credential}/revocation"
    (await stack.http.post(path)).raise_for_status()
    try:
        await asyncio.sleep(GOOD_ANSWERS_HOLD_S)
        yield
    finally:
        (await stack.http.delete(path)).raise_for_status()


async def token_of(stack: Stack, person: str) -> dict[str, str]:
    """What lies on a person's token: key, certificate and chain, in PEM."""
    found = await stack.http.get(f"{stack.agencies}/signing/control/credentials/{person}/token-key")
    keys: dict[str, str] = found.raise_for_status().json()
    return keys


def certificates(text: str) -> list[Certificate]:
    return [Certificate.load(der) for _, _, der in pem.unarmor(text.encode(), multiple=True)]


async def signed_by_token(stack: Stack, pdf: bytes, person: str, *, stamped: bool = True) -> bytes:
    """The PDF with one more signature by the key on a person's token."""
    keys = await token_of(stack, person)
    issuing, _root = certificates(keys["chain_pem"])
    issuers = SimpleCertificateStore()
    issuers.register(issuing)
    _, _, key = pem.unarmor(keys["private_key_pem"].encode())
    [certificate] = certificates(keys["certificate_pem"])
    signer = SimpleSigner(signing_cert=certificate, signing_key=PrivateKeyInfo.load(key), cert_registry=issuers)
    meta = PdfSignatureMetadata(field_name="ChuKy", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    stamper: Any = Authority(stack.http, f"{stack.agencies}/signing/tsa") if stamped else None
    program, out = PdfSigner(meta, signer=signer, timestamper=stamper), io.BytesIO()
    await program.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out)
    return out.getvalue()
