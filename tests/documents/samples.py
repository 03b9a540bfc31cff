"""Made-up documents, and a signing office whose people, CA and clerks exist only here."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509 import ocsp
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from documents.certificate import BirthCertificate
from documents.extract import DeathExtract
from documents.preparing import _signer
from documents.signatures import Evidence, Prepared, Proof, SigningIdentity, fingerprint, finish, prepare
from sim_agencies.signing.authority import Authority, Holder
from sim_agencies.signing.credentials import Credential, Credentials, Request
from sim_agencies.signing.status import StatusDesk
from sim_agencies.signing.timestamping import answer_to
from sim_agencies.store import Store

CHAIR = "chair-sample"
PARENT = {
    "full_name": "Nguyễn Đức Hưởng",
    "born": "1994",
    "ethnicity": "Kinh",
    "nationality": "Việt Nam",
    "residence": "Số 12, ngõ 34 phố Mẫu, phường Mẫu Một, thành phố Hà Nội",
}
PAPER: dict[str, Any] = {
    "document_id": "d-1",
    "dossier": "G22.99.08-261121-000001",
    "office": "Ủy ban nhân dân phường Mẫu Một, thành phố Hà Nội",
    "office_place": "Hà Nội",
    "register_number": "128/2026",
    "book": "01-2026",
    "page": "64",
    "registered_on": "2026-11-23",
    "requester": {"full_name": "Nguyễn Đức Hưởng", "relation": "Cha", "identity": "Căn cước số 000000000000"},
    "issued_at": "2026-11-23T03:00:00Z",
    "verify_url": "http://127.0.0.1:8000/kiem-tra/d-1",
}
RECORD: dict[str, Any] = PAPER | {
    "child": {
        "full_name": "Nguyễn Hoàng Thục Quyên",
        "sex": "female",
        "born_on": "2026-11-21",
        "place_of_birth": "Bệnh viện Phụ sản Mẫu, phường Mẫu Hai, thành phố Hà Nội",
        "hometown": "Xã Quỳnh Đôi, tỉnh Nghệ An",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
    },
    "mother": PARENT | {"full_name": "Trần Thị Diễm Hằng", "born": "1996-04-05", "ethnicity": "Tày"},
    "father": PARENT,
}
DEATH: dict[str, Any] = PAPER | {
    "requester": {"full_name": "Hoàng Thị Lan", "relation": "Con"},
    "deceased": {
        "full_name": "Hoàng Đình Tuệ",
        "sex": "male",
        "born": "1941-02-03",
        "ethnicity": "Tày",
        "nationality": "Việt Nam",
        "personal_id": "004041000123",
        "last_residence": "Số 5, ngõ 6 phố Mẫu, phường Mẫu Một, thành phố Hà Nội",
    },
    "died_on": "2026-11-21",
    "died_at": "22:15",
    "place_of_death": "Bệnh viện Đa khoa Mẫu, phường Mẫu Hai, thành phố Hà Nội",
    "cause": "Suy tim",
}


def certificate(child: dict[str, Any] | None = None, **changes: Any) -> BirthCertificate:
    return BirthCertificate.model_validate(RECORD | {"child": RECORD["child"] | (child or {})} | changes)


def extract(deceased: dict[str, Any] | None = None, **changes: Any) -> DeathExtract:
    return DeathExtract.model_validate(DEATH | {"deceased": DEATH["deceased"] | (deceased or {})} | changes)


class Office:
    """Signs as a signing service would, and gathers the evidence as an adapter would."""

    def __init__(self, state: Path, store: Store | None = None) -> None:
        self._store = store or Store(state / "signing.sqlite3")
        self.authority = Authority(self._store, "http://agencies/signing")
        self.people = Credentials(self._store, self.authority)
        self._status = StatusDesk(self.authority, self.people)

    def close(self) -> None:
        self._store.close()

    def person(self, identifier: str) -> Credential:
        found = self.people.find(identifier)
        assert found is not None
        return found

    def issue(self, **wanted: Any) -> Credential:
        return self.people.issue(Request(**wanted))

    def hold(self, identifier: str, holder: Holder) -> None:
        """From now on this credential is this key and certificate; the CA knows the certificate by its serial."""
        changed = self.person(identifier).model_copy(update={"serial": str(holder.certificate.serial_number)})
        self._store.put("holder", identifier, holder.dump())
        self._store.put("serial", changed.serial, identifier)
        self.people.save(changed)

    def with_rsa(self, who: Credential) -> tuple[str, str]:
        """As most tokens in the field: the same certificate over an RSA key; key and certificate as PEM."""
        key, old = rsa.generate_private_key(65537, 2048), self.people.holder(who).certificate
        builder = (
            x509.CertificateBuilder(old.issuer, old.subject, key.public_key(), old.serial_number)
            .not_valid_before(old.not_valid_before_utc)
            .not_valid_after(old.not_valid_after_utc)
        )
        for each in old.extensions:
            own = isinstance(each.value, x509.SubjectKeyIdentifier)
            value = x509.SubjectKeyIdentifier.from_public_key(key.public_key()) if own else each.value
            builder = builder.add_extension(value, critical=each.critical)
        certificate = builder.sign(self.authority.trusted.issuing.key, hashes.SHA256())
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        key_pem = key.private_bytes(serialization.Encoding.PEM, *form).decode()
        return key_pem, certificate.public_bytes(serialization.Encoding.PEM).decode()

    def identity(self, who: Credential) -> SigningIdentity:
        holder = self.people.holder(who)
        chain = self.authority.chain_of(holder.certificate)
        return SigningIdentity(certificate=holder.der, chain=(chain.issuing.der, chain.root.der))

    def fingerprint(self, who: Credential) -> str:
        return fingerprint(self.people.holder(who).der)

    async def prepare(
        self, pdf: bytes, who: Credential, field_name: str = "KySo1", proof: Proof | None = None
    ) -> Prepared:
        return await prepare(
            pdf, self.identity(who), field_name=field_name, reason="Ký giấy khai sinh", location="Hà Nội", proof=proof
        )

    def proof(self, *people: Credential) -> Proof:
        """What is laid under a seal, for these people and the time-stamps."""
        evidence, holders = self.evidence(*people), [self.people.holder(who) for who in people]
        leaves = [each.der for each in (*holders, self.authority.tsa)]
        certificates = (*leaves, *evidence.intermediates, *evidence.roots)
        return Proof(certificates=certificates, ocsps=evidence.ocsps, crls=evidence.crls)

    def signature(self, prepared: Prepared, who: Credential) -> bytes:
        key = self.people.holder(who).key
        return key.sign(prepared.hash_to_sign, ec.ECDSA(Prehashed(hashes.SHA256())))

    async def sign(
        self,
        pdf: bytes,
        who: Credential,
        *,
        tsa: Holder | None = None,
        at: datetime | None = None,
        field_name: str = "KySo1",
        proof: Proof | None = None,
        stamped_by: Callable[[bytes], bytes] | None = None,
    ) -> bytes:
        prepared = await self.prepare(pdf, who, field_name, proof)

        async def timestamp(request: bytes) -> bytes:
            return stamped_by(request) if stamped_by else self.stamp(request, tsa, at)

        return await finish(prepared, signature=self.signature(prepared, who), timestamp=timestamp)

    async def sign_unstamped(self, pdf: bytes, who: Credential) -> bytes:
        """Level B-B: nobody vouches for the time."""
        prepared = await self.prepare(pdf, who)
        content = await _signer(prepared.identity, self.signature(prepared, who)).async_sign_prescribed_attributes(
            "sha256", signed_attrs=cms.CMSAttributes.load(prepared.signed_attributes)
        )
        hexed = content.dump().hex().encode()
        start = prepared.reserved_start + 1
        return prepared.pdf[:start] + hexed + prepared.pdf[start + len(hexed) :]

    def stamp(self, request: bytes, tsa: Holder | None = None, at: datetime | None = None) -> bytes:
        issuers = [self.authority.trusted.issuing.der]
        return answer_to(request, tsa or self.authority.tsa, issuers, at or datetime.now(UTC))

    def evidence(self, *people: Credential) -> Evidence:
        asked = [self.authority.tsa, *(self.people.holder(who) for who in people)]
        return Evidence(
            roots=(self.authority.trusted.root.der,),
            intermediates=(self.authority.trusted.issuing.der,),
            ocsps=tuple(self._ocsp(holder) for holder in asked),
            crls=(self._status.revoked_by(self.authority.trusted.root, with_revoked=False),),
        )

    def crl(self, issuer: Holder) -> bytes:
        """What an issuer has revoked."""
        return self._status.revoked_by(issuer, with_revoked=issuer is self.authority.trusted.issuing)

    def _ocsp(self, holder: Holder) -> bytes:
        issuer = self.authority.chain_of(holder.certificate).issuing.certificate
        question = ocsp.OCSPRequestBuilder().add_certificate(holder.certificate, issuer, hashes.SHA256()).build()
        return self._status.about(question.public_bytes(serialization.Encoding.DER))


def turned_page(pdf: bytes) -> bytes:
    """The document with its page turned upside down by an incremental update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page, _ = writer.find_page_for_modification(0)
    page.get_object()["/Rotate"] = generic.NumberObject(180)
    writer.mark_update(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
