"""One row a kind of document: from what was declared and registered to what stands on the paper."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from contracts.birth import Parent as DeclaredParent
from contracts.birth import PlaceOfBirth, Relation
from contracts.death import PlaceOfDeath
from contracts.documents import CertificateRequest, ExtractRequest
from contracts.dossier import DocumentKind
from contracts.people import Address, Kinship
from contracts.places import HOME, address
from documents import certificate as certificates
from documents import extract as extracts
from documents.official import OfficialPaper, Requester
from policy.calendar import day_of, legal_day, legal_moment
from records.registers import OfficeEntry

DraftRequest = TypeVar("DraftRequest", CertificateRequest, ExtractRequest)
Record = TypeVar("Record", bound=OfficialPaper)

RELATIONS: dict[str, str] = {
    Relation.MOTHER: "Mẹ",
    Relation.FATHER: "Cha",
    Relation.GRANDPARENT: "Ông, bà",
    Relation.RELATIVE: "Người thân thích",
    Relation.GUARDIAN: "Người giám hộ",
    Relation.REPRESENTATIVE: "Người đại diện",
    Kinship.SPOUSE: "Vợ, chồng",
    Kinship.CHILD: "Con",
    Kinship.PARENT: "Cha, mẹ",
    Kinship.SIBLING: "Anh, chị, em",
    Kinship.GRANDCHILD: "Cháu",
}
"""What the requester is to the person concerned; words that both groups use mean the same in both."""


@dataclass(frozen=True)
class Paper(Generic[DraftRequest, Record]):
    """How one kind of document comes from its request: what it says, then how that is set."""

    kind: DocumentKind
    record: Callable[[DraftRequest, OfficialPaper], Record]
    render: Callable[[Record], bytes]

    def made(self, request: DraftRequest, office: OfficeEntry, document: str, url: str) -> bytes:
        """The PDF; CPU work of some ms. Raises DocumentNotRendered."""
        return self.render(self.record(request, _of_any(request, office, document, url)))


def certificate_record(request: CertificateRequest, paper: OfficialPaper) -> certificates.BirthCertificate:
    """What the birth certificate says, in the paper's own words."""
    child, replaced = request.child, request.replaces_issued_at
    return certificates.BirthCertificate(
        **dict(paper),
        child=certificates.Child(
            full_name=child.full_name,
            sex=child.sex.value,
            born_on=child.born_on,
            place_of_birth=_in_full(child.place_of_birth),
            hometown=address(child.hometown.detail, child.hometown.province),
            ethnicity=child.ethnicity,
            nationality=child.nationality,
            personal_id=request.personal_id,
        ),
        mother=_parent(request.mother),
        father=_parent(request.father),
        replaces=legal_day(replaced) if replaced else None,
    )


def extract_record(request: ExtractRequest, paper: OfficialPaper) -> extracts.DeathExtract:
    """What the death extract says, in the paper's own words."""
    deceased, residence, died = request.deceased, request.last_residence.address, request.died_at
    return extracts.DeathExtract(
        **dict(paper),
        deceased=extracts.Deceased(
            full_name=deceased.full_name,
            sex=deceased.sex.value,
            born=deceased.born_on,
            ethnicity=deceased.ethnicity,
            nationality=deceased.nationality,
            personal_id=deceased.personal_id,
            last_residence=_in_full(residence) if residence else None,
        ),
        died_on=day_of(died),
        died_at=f"{legal_moment(died):%H:%M}" if isinstance(died, datetime) else None,
        place_of_death=_place(request.place_of_death),
        cause=request.cause,
    )


CERTIFICATE = Paper(DocumentKind.BIRTH_CERTIFICATE, certificate_record, certificates.render)
EXTRACT = Paper(DocumentKind.DEATH_EXTRACT, extract_record, extracts.render)


def _of_any(
    request: CertificateRequest | ExtractRequest, office: OfficeEntry, document: str, url: str
) -> OfficialPaper:
    registered = request.registered
    return OfficialPaper(
        document_id=document,
        version=request.version,
        dossier=request.case.dossier,
        office=f"{office.name}, {office.province_name}",
        office_place=office.province_name.removeprefix("Thành phố ").removeprefix("Tỉnh "),
        register_number=registered.register_number,
        book=registered.book,
        page=str(registered.page),
        registered_on=registered.registered_on,
        requester=Requester(full_name=request.requester_name, relation=RELATIONS[request.requester_relation]),
        issued_at=request.issued_at,
        verify_url=url,
    )


def _parent(parent: DeclaredParent | None) -> certificates.Parent | None:
    if parent is None:
        return None
    return certificates.Parent(
        full_name=parent.full_name,
        born=parent.born_on,
        ethnicity=parent.ethnicity,
        nationality=parent.nationality,
        residence=_in_full(parent.residence),
    )


def _place(place: PlaceOfDeath) -> str:
    named = place.facility is None or place.facility in place.detail
    detail = _in_full(place)
    return detail if named else f"{place.facility}, {detail}"


def _in_full(place: Address | PlaceOfBirth | PlaceOfDeath) -> str:
    """What was declared, with the names of ward and province."""
    country = HOME if isinstance(place, PlaceOfBirth) else place.country
    return address(place.detail, place.province, place.ward, country)
