"""Signing in two halves: prepare leaves a hash to sign, finish puts the answer in (PAdES B-T, ETSI EN 319 142-1).

No private key is ever here. Between the halves a chair may take days and the process may restart: everything that the
second half needs stands in `Prepared`.
"""

import functools
import hashlib
import io
from collections.abc import Awaitable, Callable, Iterator

from asn1crypto import cms, tsp, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from pydantic import BaseModel, ConfigDict
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.attributes import CMSAttributeProvider, SignedAttributeProviderSpec, SigningCertificateV2Provider
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_cms import ExternalSigner
from pyhanko.sign.signers.pdf_signer import PdfTBSDocument
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, handle_tsp_response
from pyhanko_certvalidator.registry import SimpleCertificateStore

from documents import trust
from documents.proof import Proof, lay
from documents.trust import SigningIdentity

DIGEST = "sha256"
# Bytes kept free for the signature besides its certificates: attributes, value, and the time-stamp with certificates of
# its own. Every reader takes time for each reserved digit, so this is not simply made large.
RESERVED = 6_144

Timestamp = Callable[[bytes], Awaitable[bytes]]
"""Posts an RFC 3161 request (DER) to the time-stamping authority and gives its answer (DER)."""


class SignatureDoesNotFit(Exception):
    """The value is no signature of the prepared hash under the signer's certificate."""


class TimestampRefused(Exception):
    """The time-stamping authority refused, or its answer does not belong to the request."""


class Prepared(BaseModel):
    """A document waiting for its signature; survives a restart as JSON (bytes as base64)."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    pdf: bytes
    document_digest: bytes
    reserved_start: int
    reserved_end: int
    signed_attributes: bytes
    identity: SigningIdentity

    @property
    def hash_to_sign(self) -> bytes:
        """SHA-256 of the signed attributes, 32 bytes: what the signing service or token signs."""
        return hashlib.sha256(self.signed_attributes).digest()


async def prepare(
    pdf: bytes,
    identity: SigningIdentity,
    *,
    field_name: str,
    reason: str,
    location: str,
    proof: Proof | None = None,
) -> Prepared:
    """Append an empty PAdES signature to a PDF; the result's `pdf` begins with exactly the given bytes.

    `proof` is laid under the signature, so that it is covered. Raises NotACertificate. `pdf` is one of ours: what
    comes from outside goes to `verify`.
    """
    metadata = PdfSignatureMetadata(
        field_name=field_name,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        name=trust.read(identity.certificate).common_name,
        reason=reason,
        location=location,
    )
    signer = _signer(identity)
    writer, output = IncrementalPdfFileWriter(io.BytesIO(pdf)), io.BytesIO()
    if proof is not None:
        lay(writer, proof)
    digest, _, _ = await PdfSigner(metadata, signer=signer).async_digest_doc_for_signing(
        writer, bytes_reserved=_hex_digits(identity), output=output
    )
    attributes = await signer.signed_attrs(digest.document_digest, DIGEST, use_pades=True)
    return Prepared(
        pdf=output.getvalue(),
        document_digest=digest.document_digest,
        reserved_start=digest.reserved_region_start,
        reserved_end=digest.reserved_region_end,
        signed_attributes=attributes.dump(),
        identity=identity,
    )


async def finish(prepared: Prepared, *, signature: bytes, timestamp: Timestamp) -> bytes:
    """Put the signature (ECDSA: DER; RSA: PKCS #1 v1.5) and a time-stamp over it into the prepared document.

    Raises SignatureDoesNotFit before asking for a time-stamp, TimestampRefused, and whatever `timestamp` raises.
    """
    _require_fit(prepared, signature)
    signer = _signer(prepared.identity, signature)
    content = await signer.async_sign_prescribed_attributes(
        DIGEST,
        signed_attrs=cms.CMSAttributes.load(prepared.signed_attributes),
        timestamper=_HandedTimeStamper(timestamp),
    )
    output = io.BytesIO(prepared.pdf)
    region = PreparedByteRangeDigest(prepared.document_digest, prepared.reserved_start, prepared.reserved_end)
    await PdfTBSDocument.async_finish_signing(output, region, content)
    return output.getvalue()


def _hex_digits(identity: SigningIdentity) -> int:
    return 2 * (RESERVED + sum(len(der) for der in (identity.certificate, *identity.chain)))


def _signer(identity: SigningIdentity, signature: bytes | None = None) -> ExternalSigner:
    certificate, chain = trust.load(identity.certificate), [trust.load(issuer) for issuer in identity.chain]
    registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    registry.register_multiple([certificate, *chain])
    # A root in the signature proves nothing: who verifies brings their own.
    signer = ExternalSigner(certificate, registry, signature_value=signature, embed_roots=False)
    signer.signed_attr_prov_spec = _PadesAttributes(certificate)
    return signer


def _require_fit(prepared: Prepared, signature: bytes) -> None:
    key = serialization.load_der_public_key(trust.load(prepared.identity.certificate).public_key.dump())
    prehashed = Prehashed(hashes.SHA256())
    try:
        match key:
            case ec.EllipticCurvePublicKey():
                key.verify(signature, prepared.hash_to_sign, ec.ECDSA(prehashed))
            case rsa.RSAPublicKey():
                key.verify(signature, prepared.hash_to_sign, padding.PKCS1v15(), prehashed)
            case _:
                raise SignatureDoesNotFit("a key of this kind does not sign here")
    except InvalidSignature as wrong:
        raise SignatureDoesNotFit("the value does not sign the prepared hash") from wrong


class _PadesAttributes(SignedAttributeProviderSpec):
    """What PAdES signs beside content type and digest: who signs. The time comes from the authority alone."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self._certificate = certificate

    def signed_attr_providers(self, data_digest: bytes, digest_algorithm: str) -> Iterator[CMSAttributeProvider]:
        """Who signs."""
        del data_digest, digest_algorithm
        yield _WhoSigns(self._certificate)


class _WhoSigns(SigningCertificateV2Provider):
    """The signing certificate as if read: what asn1crypto has built it encodes anew for each level above."""

    async def build_attr_value(self, dry_run: bool = False) -> tsp.SigningCertificateV2:
        """Its bytes are the same for every signature."""
        del dry_run
        return tsp.SigningCertificateV2.load(_named(self.signing_cert.dump()))


@functools.lru_cache(maxsize=256)
def _named(certificate: bytes) -> bytes:
    return bytes(as_signing_certificate_v2(trust.load(certificate)).dump())


class _HandedTimeStamper(TimeStamper):
    """pyHanko's time-stamper over the caller's own way to the authority: no network here."""

    def __init__(self, timestamp: Timestamp) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._timestamp = timestamp

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Ask for a token and require that it answers this very request."""
        nonce, request = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
        answer = await self._timestamp(request.dump())
        try:
            token = handle_tsp_response(tsp.TimeStampResp.load(answer, strict=True), nonce)
            stamped = (
                token["content"]["encap_content_info"]["content"].parsed["message_imprint"]["hashed_message"].native
            )
        # AttributeError: pyHanko 0.38 stumbles over its own message when the nonce is another's.
        except (TimestampRequestError, ValueError, TypeError, KeyError, AttributeError) as refused:
            raise TimestampRefused("no usable time-stamp") from refused
        if stamped != message_digest:
            raise TimestampRefused("the time-stamp is over something else")
        return token
