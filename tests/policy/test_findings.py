from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.birth import BirthDeclaration
from contracts.birth_steps import BirthNoticeFacts
from contracts.dossier import Finding
from policy.checks import BirthRules
from policy.findings import findings

MOTHER = "001195000001"
CODE = "00042.GCS.01234.24"
PARENT = {
    "full_name": "Nguyễn Thị Hoa",
    "born_on": "1995-03-02",
    "personal_id": MOTHER,
    "ethnicity": "Kinh",
    "nationality": "VN",
    "residence": {"province": "01", "ward": "00004", "detail": "12 Hàng Bông"},
}
DECLARATION = {
    "case": "both_parents",
    "birth_notice": {"code": CODE, "issued_on": "2024-07-01"},
    "child": {
        "surname": "Trần",
        "given_name": "An",
        "sex": "female",
        "born_on": "2024-06-30",
        "place_of_birth": {"province": "01", "detail": "Hà Nội"},
        "hometown": {"province": "01", "detail": "Hà Nội"},
        "ethnicity": "Kinh",
        "nationality": "VN",
    },
    "mother": PARENT,
    "father": {**PARENT, "full_name": "Trần Văn Bình", "personal_id": "001093000002"},
    "residence": {
        "case": "parents_own",
        "place": PARENT["residence"],
        "household_head": {"full_name": "Trần Văn Bình", "personal_id": "001093000002", "relation": "con"},
        "consent": "not_needed",
    },
    "health_insurance": {"facility": "01234"},
    "undertaking": True,
}
NOTICE = BirthNoticeFacts(code=CODE, mother_personal_id=MOTHER, sex="female", born_on=date(2024, 6, 30))
FILED_ON = date(2024, 7, 2)


def a_declaration(**changes: Any) -> BirthDeclaration:
    return BirthDeclaration.model_validate({**DECLARATION, **changes})


def a_notice(**changes: Any) -> BirthNoticeFacts:
    return NOTICE.model_copy(update=changes)


def test_a_declaration_that_agrees_with_the_notice_has_no_finding() -> None:
    assert findings(a_declaration(), NOTICE, FILED_ON) == ()


@pytest.mark.parametrize(
    ("declaration", "notice", "found"),
    [
        (a_declaration(), None, Finding.NOTICE_MISSING),
        (a_declaration(birth_notice=None), None, Finding.NOTICE_NOT_DECLARED),
        (a_declaration(), a_notice(mother_personal_id="001195000009"), Finding.NOTICE_MOTHER_DIFFERS),
        (a_declaration(mother={**PARENT, "personal_id": None}), NOTICE, Finding.NOTICE_MOTHER_DIFFERS),
        (a_declaration(mother=None), NOTICE, Finding.NOTICE_MOTHER_DIFFERS),
        (a_declaration(), a_notice(sex="male"), Finding.NOTICE_SEX_DIFFERS),
        (a_declaration(), a_notice(sex="undetermined"), Finding.NOTICE_SEX_DIFFERS),
        (a_declaration(), a_notice(born_on=date(2024, 6, 29)), Finding.NOTICE_DATE_DIFFERS),
    ],
)
def test_each_difference_from_the_notice_is_one_finding(
    declaration: BirthDeclaration, notice: BirthNoticeFacts | None, found: Finding
) -> None:
    assert findings(declaration, notice, FILED_ON) == (found,)


def test_a_notice_that_does_not_know_the_mother_accuses_nobody() -> None:
    assert findings(a_declaration(), a_notice(mother_personal_id=None), FILED_ON) == ()


def test_a_birth_more_than_sixty_days_ago_is_found_late() -> None:
    assert findings(a_declaration(), NOTICE, date(2024, 8, 29)) == ()
    assert findings(a_declaration(), NOTICE, date(2024, 8, 30)) == (Finding.LATE_REGISTRATION,)


def test_all_findings_come_together() -> None:
    notice = a_notice(mother_personal_id="001195000009", sex="male", born_on=date(2024, 6, 29))

    assert findings(a_declaration(), notice, date(2024, 9, 9)) == (
        Finding.NOTICE_MOTHER_DIFFERS,
        Finding.NOTICE_SEX_DIFFERS,
        Finding.NOTICE_DATE_DIFFERS,
        Finding.LATE_REGISTRATION,
    )


def test_lateness_is_judged_on_the_day_it_is_in_viet_nam() -> None:
    just_past_midnight = datetime(2024, 8, 29, 17, 0, tzinfo=UTC)

    assert BirthRules().findings(a_declaration(), NOTICE, just_past_midnight) == (Finding.LATE_REGISTRATION,)
