"""What is asked after a death of all but the payers, and what it must look like on the wire. Nobody in it lived."""

from datetime import UTC, date, datetime
from typing import Any

from adapters.civil_status import CivilStatusAdapter
from adapters.residence import ResidenceAdapter
from contracts.agencies import Agency, Case, Step
from contracts.death import Deceased, LastResidence, PlaceOfDeath
from contracts.death_steps import DeathRegistered, DeathRegistration, ResidenceRemoval, Undoing
from contracts.people import HouseholdHead, Sex
from tests.adapters.requests import CERTIFICATE, HOME, PAPER, PDF, Ask

WIDOW = "001145000321"
DIED_AT = datetime(2026, 11, 19, 18, 30, tzinfo=UTC)
"""Half past one in the morning of the 20th, legal time."""
DIED_ON = date(2026, 11, 20)
ORDERED_ON = date(2026, 11, 22)
DECISION = "15/QĐ-UBND"
DECEASED = Deceased(
    surname="Trần",
    middle_name="Văn",
    given_name="Bình",
    sex=Sex.MALE,
    born_on="1941-02",
    ethnicity="Tày",
    nationality="Việt Nam",
)
REGISTERED = DeathRegistered(register_number="12/2026", book="01-2026", page=12, registered_on=date(2026, 11, 23))


def deceased_of(case: Case) -> Deceased:
    """Each dossier has a deceased of its own: registers know the dead by number."""
    return DECEASED.model_copy(update={"personal_id": f"001041{case.dossier[-6:]}"})


def death(case: Case, **changes: Any) -> DeathRegistration:
    fields: dict[str, Any] = {
        "case": case,
        "office": "00070",
        "deceased": deceased_of(case),
        "last_residence": LastResidence(address=HOME),
        "died_at": DIED_AT,
        "place_of_death": PlaceOfDeath(province="01", detail="Bệnh viện Mẫu, Hà Nội"),
        "cause": None,
        "death_notice_number": "12/2026/GBT",
        "substitute": None,
        "requester_name": "Trần Văn Minh",
        "requester_personal_id": "001070000555",
        "requester_relation": "child",
    }
    return DeathRegistration(**fields | changes)


def removal(case: Case) -> ResidenceRemoval:
    return ResidenceRemoval(
        case=case,
        office="00070",
        deceased=deceased_of(case),
        died_on=DIED_ON,
        place=HOME,
        household_head=HouseholdHead(full_name="Hoàng Thị Lan", personal_id=WIDOW, relation="Chồng"),
        certificate=CERTIFICATE,
        registered=REGISTERED,
    )


def undoing(case: Case, step: Step) -> Undoing:
    return Undoing(
        case=case,
        office="00070",
        deceased=deceased_of(case),
        undone=Case(dossier=case.dossier, step=step).key,
        decision=DECISION,
        ordered_on=ORDERED_ON,
    )


DEATHS = [
    Ask(
        "death",
        Agency.CIVIL_STATUS,
        Step.REGISTER_DEATH,
        lambda http, case: CivilStatusAdapter(http).register_death(death(case)),
        lambda http, pending: CivilStatusAdapter(http).enquire_death(pending),
        once=True,
    ),
    Ask(
        "annulment",
        Agency.CIVIL_STATUS,
        Step.ANNUL_DEATH,
        lambda http, case: CivilStatusAdapter(http).annul_death(undoing(case, Step.REGISTER_DEATH)),
        lambda http, pending: CivilStatusAdapter(http).enquire_annulment(pending),
        once=True,
    ),
    Ask(
        "removal",
        Agency.RESIDENCE,
        Step.REMOVE_RESIDENCE,
        lambda http, case: ResidenceAdapter(http).remove_residence(removal(case), PDF),
        lambda http, pending: ResidenceAdapter(http).enquire_removal(pending),
        once=True,
    ),
    Ask(
        "restoration",
        Agency.RESIDENCE,
        Step.RESTORE_RESIDENCE,
        lambda http, case: ResidenceAdapter(http).restore_residence(undoing(case, Step.REMOVE_RESIDENCE)),
        lambda http, pending: ResidenceAdapter(http).enquire_restoration(pending),
        once=True,
    ),
]


def golden(name: str, case: Case) -> dict[str, Any]:
    """The body that the agency must get: its own field names, its own forms of dates."""
    number = deceased_of(case).personal_id
    resident = {"hoTen": "Trần Văn Bình", "ngaySinh": "194102", "gioiTinh": "NAM", "soDinhDanh": number}
    decision = {"soQuyetDinh": DECISION, "ngayQuyetDinh": "20261122"}
    bodies: dict[str, dict[str, Any]] = {
        "annulment": {
            "maDonVi": "00070",
            "maHoSoLT": case.dossier,
            "khoaDangKy": f"{case.dossier}:register_death:1",
            "nkt": {"HoTen": "Trần Văn Bình", "GioiTinh": 1, "NgaySinh": "02.1941", "SoGiayToTuyThan": number},
            **decision,
        },
        "removal": {
            "maHoSo": case.dossier,
            "trichLucKhaiTu": PAPER,
            "nguoiChet": {**resident, "ngayChet": "20261120"},
            "noiCuTru": {"maTinh": "01", "maXa": "00070", "chiTiet": "Số 1 phố Huế"},
            "chuHo": {"hoTen": "Hoàng Thị Lan", "soDinhDanh": WIDOW, "quanHe": "Chồng"},
        },
        "restoration": {
            "maHoSo": case.dossier,
            "maXa": "00070",
            "maYeuCauGoc": f"{case.dossier}:remove_residence:1",
            "nguoiDuocKhoiPhuc": resident,
            **decision,
        },
    }
    return bodies[name]
