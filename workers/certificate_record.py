"""From what was declared and registered to what stands on the certificate."""

from datetime import date
from zoneinfo import ZoneInfo

from contracts.birth import Parent as DeclaredParent
from contracts.birth import Relation
from contracts.documents import CertificateRequest
from documents import certificate as certificates
from records.registers import OfficeEntry

LEGAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RELATIONS = {
    Relation.MOTHER: "Mẹ",
    Relation.FATHER: "Cha",
    Relation.GRANDPARENT: "Ông, bà",
    Relation.RELATIVE: "Người thân thích",
    Relation.GUARDIAN: "Người giám hộ",
    Relation.REPRESENTATIVE: "Người đại diện",
}


def certificate_record(
    request: CertificateRequest, office: OfficeEntry, document: str, url: str
) -> certificates.BirthCertificate:
    """What the certificate says: the declaration and the register's line, in the paper's own words."""
    child, registered = request.child, request.registered
    return certificates.BirthCertificate(
        document_id=document,
        version=request.version,
        dossier=request.case.dossier,
        office=f"{office.name}, {office.province_name}",
        office_place=office.province_name.removeprefix("Thành phố ").removeprefix("Tỉnh "),
        register_number=registered.register_number,
        book=registered.book,
        page=str(registered.page),
        registered_on=registered.registered_on,
        child=certificates.Child(
            full_name=child.full_name,
            sex=child.sex.value,
            born_on=child.born_on,
            place_of_birth=child.place_of_birth.detail,
            hometown=child.hometown.detail,
            ethnicity=child.ethnicity,
            nationality=child.nationality,
            personal_id=request.personal_id,
        ),
        mother=_parent(request.mother),
        father=_parent(request.father),
        requester=certificates.Requester(
            full_name=request.requester_name, relation=RELATIONS[Relation(request.requester_relation)]
        ),
        issued_at=request.issued_at,
        verify_url=url,
        replaces=request.replaces_issued_at.astimezone(LEGAL_ZONE).date() if request.replaces_issued_at else None,
    )


def _parent(parent: DeclaredParent | None) -> certificates.Parent | None:
    if parent is None:
        return None
    known_to_the_day = len(parent.born_on) == len("2000-01-01")
    born: date | int = date.fromisoformat(parent.born_on) if known_to_the_day else int(parent.born_on[:4])
    return certificates.Parent(
        full_name=parent.full_name,
        born=born,
        ethnicity=parent.ethnicity,
        nationality=parent.nationality,
        residence=parent.residence.detail,
    )
