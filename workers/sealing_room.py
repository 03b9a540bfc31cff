"""Puts an office's seal over a signature, with proof for both laid under it; verified before anybody gets it."""

import asyncio
from datetime import UTC, datetime

import structlog

from adapters.signing import (
    AuthorisationExpired,
    AuthorisationRefused,
    SigningCertificate,
    SigningService,
)
from contracts.documents import DocumentSealed, SealRequest
from contracts.failures import AgencyUnavailable, RequestRejected, SealRefused
from documents.signatures import (
    Evidence,
    KeptVerdict,
    Level,
    Problem,
    Proof,
    Received,
    SignatureDoesNotFit,
    SigningIdentity,
    TimestampRefused,
    Verdict,
    fingerprint,
    finish,
    long_term,
    prepare,
    verify,
)
from records.documents import DocumentStore
from records.registers import Offices, Seal, Seals
from workers.authorities import Authorities
from workers.precedence import Precedence

FIELD = "ConDau1"
REASON = "Đóng dấu cơ quan"
SIGNED = ".signed"
"""Behind the published id: the document as its signer signed it."""
SEALED_AT_ONCE = 2
_REFUSALS = (RequestRejected, AuthorisationRefused, SignatureDoesNotFit)
"""The register names a credential that is unknown or somebody else's, or whose key has changed."""
log = structlog.get_logger()


class SealingRoom:
    """One room for every office's seal."""

    def __init__(
        self,
        *,
        store: DocumentStore,
        offices: Offices,
        seals: Seals,
        signing: SigningService,
        authorities: Authorities,
        precedence: Precedence,
    ) -> None:
        self._store = store
        self._offices = offices
        self._seals = seals
        self._signing = signing
        self._authorities = authorities
        self._precedence = precedence
        self._at_once = asyncio.Semaphore(SEALED_AT_ONCE)

    async def seal(self, request: SealRequest) -> DocumentSealed:
        """Seal, verify and store; repeated, it finds what it stored. Raises SealRefused, AgencyUnavailable."""
        await self._precedence.turn(request.signed.by)
        async with self._at_once:
            return await self._sealed_and_stored(request)

    async def _sealed_and_stored(self, request: SealRequest) -> DocumentSealed:
        dossier, published = request.case.dossier, request.signed.id.removesuffix(SIGNED)
        digest = await self._stored(dossier, published) or await self._sealed(request, published)
        kept = KeptVerdict.model_validate(await self._store.verdict(dossier, _on_bytes(published, digest)))
        await self._store.put_verdict(dossier, published, kept.model_dump(mode="json"))
        log.info("document_sealed", dossier=dossier, document=published)
        seal = kept.seal
        assert seal is not None, "it is stored with its verdict"  # noqa: S101
        assert seal.signed_at is not None, "a seal without a time is not accepted"  # noqa: S101
        return DocumentSealed(id=published, sha256=seal.sha256, sealed_at=seal.signed_at)

    async def _stored(self, dossier: str, published: str) -> str | None:
        placed = await self._store.placed(published)
        return placed.sha256 if placed and placed.dossier == dossier else None

    async def _sealed(self, request: SealRequest, published: str) -> str:
        """Of two attempts that ran at once the first counts: the other's verdict stands by its own bytes, unread."""
        dossier, under = request.case.dossier, request.signed.id
        signed = (await self._store.get(dossier, under)).content
        kept = KeptVerdict.model_validate(await self._store.verdict(dossier, under))
        seal, place = await self._seal_of(request.office)
        try:
            certificate = await self._signing.certificate(seal.credential)
            _require_seal(certificate, seal)
            pdf, verdict, proof = await self._under_seal(signed, kept, seal, certificate, place)
        except _REFUSALS as err:
            raise SealRefused("the signing service does not seal with what the register names") from err
        except TimestampRefused as err:
            raise AgencyUnavailable("the time-stamping authority refused") from err
        except AuthorisationExpired as err:
            raise AgencyUnavailable("the authorisation ran out meanwhile") from err
        _require_good(verdict)
        both = kept.model_copy(update={"level": _level(kept, proof), "seal": verdict})
        await self._store.put_verdict(dossier, _on_bytes(published, verdict.sha256), both.model_dump(mode="json"))
        return await self._store.put(dossier, published, request.draft.kind, request.draft.version, pdf)

    async def _seal_of(self, office: str) -> tuple[Seal, str]:
        """The office's seal now, and where it is put on; one that is over has left its papers to its successor."""
        now = datetime.now(UTC)
        seal = await self._seals.at(office, now)
        if seal is None:
            office = dict(await self._offices.merged(now)).get(office, office)
            seal = await self._seals.at(office, now)
        if seal is None:
            raise SealRefused("the register names no seal for the office now")
        if not seal.not_before <= now <= seal.not_after:
            raise SealRefused("the seal's certificate does not hold now")
        entry = await self._offices.get(office, now)
        return seal, entry.province_name if entry else ""

    async def _under_seal(
        self, signed: bytes, kept: KeptVerdict, seal: Seal, certificate: SigningCertificate, place: str
    ) -> tuple[bytes, Verdict, Proof]:
        identity = SigningIdentity(certificate=certificate.certificate, chain=certificate.chain)
        met = await self._below(signed, kept)
        while True:
            evidence = await self._authorities.evidence([*met, seal.certificate])
            proof = _proof([*met, seal.certificate], evidence)
            prepared = await prepare(signed, identity, field_name=FIELD, reason=REASON, location=place, proof=proof)
            token = await self._signing.authorise_seal(seal.credential, [prepared.hash_to_sign])
            value = await self._signing.sign_hash(seal.credential, token, prepared.hash_to_sign)
            pdf = await finish(prepared, signature=value, timestamp=self._signing.timestamp)
            verdict, stampers = await self._judged(pdf, signed, seal, proof)
            if verdict.level is Level.B_LT or set(stampers) <= set(met):
                return pdf, verdict, proof
            met += stampers  # an authority of which there was no proof: now it is known, and there is

    async def _below(self, signed: bytes, kept: KeptVerdict) -> list[bytes]:
        """The certificates of signer and time-stamp: a document need not be opened for those that were met before."""
        leaves = {each.fingerprint for each in (kept.signer, kept.timestamp and kept.timestamp.authority) if each}
        if (met := self._authorities.met(leaves)) is not None:
            return met
        received = await asyncio.to_thread(Received, signed)
        return [der for der in received.certificates() if fingerprint(der) in leaves]

    async def _judged(self, pdf: bytes, signed: bytes, seal: Seal, proof: Proof) -> tuple[Verdict, list[bytes]]:
        received = await asyncio.to_thread(Received, pdf, signed)
        evidence = await self._authorities.evidence(received.certificates())
        verdict = await verify(
            received,
            unsigned=signed,
            evidence=evidence,
            expected_signers={fingerprint(seal.certificate)},
            over=proof,
        )
        authority = verdict.timestamp.authority.fingerprint if verdict.timestamp else None
        return verdict, [der for der in received.certificates() if fingerprint(der) == authority]


def _on_bytes(published: str, digest: str) -> str:
    return f"{published}.{digest[:16]}.sealed"


def _proof(leaves: list[bytes], evidence: Evidence) -> Proof:
    certificates = dict.fromkeys([*leaves, *evidence.intermediates, *evidence.roots])
    return Proof(certificates=tuple(certificates), ocsps=evidence.ocsps, crls=evidence.crls)


def _level(kept: KeptVerdict, proof: Proof) -> Level | None:
    """The signer's level, now that proof lies in the document."""
    if kept.signer is None or kept.timestamp is None or kept.signed_at is None:
        return kept.level
    return long_term(kept.signer, kept.timestamp.authority, kept.signed_at, proof)


def _require_seal(found: SigningCertificate, seal: Seal) -> None:
    if not found.implicit:  # and its holder's tries of the PIN are left alone
        raise SealRefused("the register names a person's credential")
    if found.certificate != seal.certificate:
        raise SealRefused("the seal's certificate is not the one on the register")


def _require_good(verdict: Verdict) -> None:
    if set(verdict.problems) == {Problem.REVOCATION_UNKNOWN}:
        raise AgencyUnavailable("the CA does not say whether the certificates still hold")
    if not verdict.ok or verdict.signed_at is None:
        raise SealRefused(f"the seal does not hold: {', '.join(verdict.problems)}")
