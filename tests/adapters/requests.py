"""One valid request for each agency, and what it must look like on the wire. Nobody in it exists."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from adapters.civil_status import CivilStatusAdapter
from adapters.holder import HolderAdapter
from adapters.http import AgencyHttp
from adapters.one_stop import OneStopAdapter
from adapters.population import PopulationAdapter
from adapters.residence import ResidenceAdapter
from adapters.social_insurance import SocialInsuranceAdapter
from adapters.vneid import VneidAdapter
from contracts.agencies import Agency, Case, CertificateRef, HandOver, PendingCase, Step
from contracts.birth import (
    Address,
    Child,
    Consent,
    Hometown,
    Household,
    HouseholdHead,
    Parent,
    PlaceOfBirth,
    ResidenceCase,
    Sex,
)
from contracts.birth_steps import (
    BirthRegistered,
    BirthRegistration,
    HealthCardRequest,
    PersonalIdRequest,
    ResidenceRegistration,
)
from contracts.outbox import PartnerMessage
from tests.adapters.line import CODE

MOTHER, FATHER = "001190000001", "001088000002"
PDF = b"%PDF-1.7 signed"
SHA = hashlib.sha256(PDF).hexdigest()
HOME = Address(province="01", ward="00070", detail="Số 1 phố Huế")
BORN = datetime(2026, 11, 2, tzinfo=UTC).date()
CHILD = Child(
    surname="Đặng",
    middle_name="Thị Hòa",
    given_name="Bình",
    sex=Sex.FEMALE,
    born_on=BORN,
    place_of_birth=PlaceOfBirth(province="01", detail="Bệnh viện Mẫu, Hà Nội"),
    hometown=Hometown(province="01", detail="Hà Nội"),
    ethnicity="Kinh",
    nationality="Việt Nam",
)
PARENT = Parent(
    full_name="Trần Thị Ngọc Ánh",
    born_on="1990-04-05",
    personal_id=MOTHER,
    ethnicity="Kinh",
    nationality="Việt Nam",
    residence=HOME,
)
HEAD = HouseholdHead(full_name="Đặng Quốc Ân", personal_id=FATHER, relation="Con")
REGISTERED = BirthRegistered(
    register_number="12/2026", book="01-2026", page=12, registered_on=datetime(2026, 11, 23, tzinfo=UTC).date()
)
CERTIFICATE = CertificateRef(document="d-1.v1", version=1, sha256=SHA)
LINE = {"soDangKy": "12/2026", "quyenSo": "01-2026", "trangSo": 12, "ngayDangKy": "20261123"}
PAPER = {**LINE, "tepKySo": {"sha256": SHA, "noiDung": base64.b64encode(PDF).decode()}}


def registration(case: Case, child: Child = CHILD) -> BirthRegistration:
    return BirthRegistration(
        case=case,
        office="00070",
        child=child,
        mother=PARENT,
        father=PARENT.model_copy(update={"full_name": "Đặng Quốc Ân", "born_on": "1988", "personal_id": FATHER}),
        birth_notice_code="01001.GCS.00001.26",
        requester_name=PARENT.full_name,
        requester_personal_id=MOTHER,
        requester_relation="mother",
    )


def newborn(case: Case, child: Child = CHILD) -> PersonalIdRequest:
    return PersonalIdRequest(
        case=case,
        office="00070",
        place="01",
        child=child,
        mother_personal_id=MOTHER,
        father_personal_id=FATHER,
        register_number="12/2026",
    )


def move(case: Case, consent: Consent = Consent.VNEID) -> ResidenceRegistration:
    return ResidenceRegistration(
        case=case,
        office="00070",
        child=CHILD,
        personal_id=None,
        place=HOME,
        household=Household(case=ResidenceCase.PARENTS_OWN, place=HOME, household_head=HEAD, consent=consent),
        certificate=CERTIFICATE,
        registered=REGISTERED,
    )


def card(case: Case) -> HealthCardRequest:
    return HealthCardRequest(
        case=case,
        office="00070",
        child=CHILD,
        personal_id="001326000123",
        guardian_name=PARENT.full_name,
        guardian_personal_id=MOTHER,
        residence=HOME,
        facility="01001",
        certificate=CERTIFICATE,
        registered=REGISTERED,
    )


def package(case: Case, receiver: Agency = Agency.VNEID, version: Literal[1, 2] = 1) -> HandOver:
    return HandOver(
        case=case,
        receiver=receiver,
        office="00070",
        owner_personal_id=MOTHER,
        document="d-1.v1",
        kind="birth_certificate",
        version=version,
        sha256=SHA,
    )


AT = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
"""Half past one in the morning of the 23rd, legal time."""


def message(number: int = 1, **changes: Any) -> PartnerMessage:
    fields: dict[str, Any] = {
        "id": 100 + number,
        "partner": Agency.ONE_STOP,
        "dossier": CODE,
        "number": number,
        "key": f"key-{number}",
        "status": 3,
        "event": "returned",
        "at": AT,
        "data": {},
    }
    return PartnerMessage(**fields | changes)


@dataclass(frozen=True)
class Ask:
    """One effect of one agency, through its adapter; `once`: the same fact under another key is already done."""

    name: str
    agency: Agency
    step: Step
    ask: Callable[[AgencyHttp, Case], Awaitable[Any]]
    enquire: Callable[[AgencyHttp, PendingCase], Awaitable[Any]]
    once: bool = False


ASKS = [
    Ask(
        "civil_status",
        Agency.CIVIL_STATUS,
        Step.REGISTER,
        lambda http, case: CivilStatusAdapter(http).register_birth(registration(case, child_of(case))),
        lambda http, pending: CivilStatusAdapter(http).enquire(pending),
        once=True,
    ),
    Ask(
        "population",
        Agency.POPULATION,
        Step.ISSUE_ID,
        lambda http, case: PopulationAdapter(http).issue_id(newborn(case, child_of(case))),
        lambda http, pending: PopulationAdapter(http).enquire(pending),
        once=True,
    ),
    Ask(
        "residence",
        Agency.RESIDENCE,
        Step.REGISTER_RESIDENCE,
        lambda http, case: ResidenceAdapter(http).register_residence(move(case), PDF),
        lambda http, pending: ResidenceAdapter(http).enquire(pending),
    ),
    Ask(
        "social_insurance",
        Agency.SOCIAL_INSURANCE,
        Step.ISSUE_CARD,
        lambda http, case: SocialInsuranceAdapter(http).issue_card(card(case), PDF),
        lambda http, pending: SocialInsuranceAdapter(http).enquire(pending),
    ),
    Ask(
        "vneid",
        Agency.VNEID,
        Step.HAND_OVER,
        lambda http, case: VneidAdapter(http).hand_over(package(case), PDF),
        lambda http, pending: VneidAdapter(http).enquire(pending),
        once=True,
    ),
    Ask(
        "one_stop",
        Agency.ONE_STOP,
        Step.HAND_OVER,
        lambda http, case: OneStopAdapter(http).hand_over(package(case, Agency.ONE_STOP), PDF),
        lambda http, pending: OneStopAdapter(http).enquire(pending),
        once=True,
    ),
    Ask(
        "holder",
        Agency.RESIDENCE,
        Step.HAND_OVER,
        lambda http, case: HolderAdapter(http).hand_over(package(case, Agency.RESIDENCE, 2), PDF),
        lambda http, pending: HolderAdapter(http).enquire(pending),
    ),
]


def child_of(case: Case) -> Child:
    """Each dossier has a child of its own: registers know children by name, mother and day of birth."""
    return CHILD.model_copy(update={"given_name": f"Bình {case.dossier[-6:]}"})


_PACKAGE = {
    "loaiGiayTo": "KQ.G15.000031",
    "tenTep": "birth_certificate-1.pdf",
    "sha256": SHA,
    "noiDung": base64.b64encode(PDF).decode(),
}


def golden(name: str, case: Case) -> dict[str, Any]:
    """The body that the agency must get: its own field names, its own forms of dates."""
    bodies: dict[str, dict[str, Any]] = {
        "population": {
            "maHoSo": case.dossier,
            "maTinh": "01",
            "ngaySinh": "20261102",
            "gioiTinh": "NU",
            "hoTen": child_of(case).full_name,
            "soDinhDanhMe": MOTHER,
            "soDangKy": "12/2026",
        },
        "residence": {
            "maHoSo": case.dossier,
            "giayKhaiSinh": PAPER,
            "nguoiDangKy": {
                "hoTen": "Đặng Thị Hòa Bình",
                "ngaySinh": "20261102",
                "gioiTinh": "NU",
                "soDinhDanh": None,
            },
            "noiThuongTru": {"maTinh": "01", "maXa": "00070", "chiTiet": "Số 1 phố Huế"},
            "chuHo": {"hoTen": "Đặng Quốc Ân", "soDinhDanh": FATHER, "quanHe": "Con"},
            "yKien": [{"hoTen": "Đặng Quốc Ân", "soDinhDanh": FATHER, "vaiTro": "CHU_HO", "hinhThuc": "VNEID"}],
        },
        "social_insurance": {
            "maHoSo": case.dossier,
            "nguoiThamGia": {
                "hoTen": "Đặng Thị Hòa Bình",
                "ngaySinh": "02/11/2026",
                "gioiTinh": 0,
                "soDinhDanh": "001326000123",
            },
            "giayKhaiSinh": PAPER,
            "nguoiGiamHo": {"hoTen": "Trần Thị Ngọc Ánh", "soDinhDanh": MOTHER},
            "maCSKCB": "01001",
        },
        "one_stop": {
            **_PACKAGE,
            "maHoSo": case.dossier,
            "tenGiayTo": "Giấy khai sinh (bản điện tử)",
            "phienBan": 1,
        },
        "holder": {**_PACKAGE, "maHoSo": case.dossier, "phienBan": 2, "tenTep": "birth_certificate-2.pdf"},
        "vneid": {
            "dossierCode": case.dossier,
            "citizenId": MOTHER,
            "documentType": "KQ.G15.000031",
            "documentName": "Giấy khai sinh (bản điện tử)",
            "version": 1,
            "fileName": "birth_certificate-1.pdf",
            "sha256": SHA,
            "contentBase64": base64.b64encode(PDF).decode(),
        },
    }
    return bodies[name]
