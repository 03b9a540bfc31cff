"""Sample filings: valid, various, and the same again where that is asked for."""

import json
from datetime import UTC, date, datetime
from typing import Any, Literal

import pytest

from api.bodies import BirthFilingBody
from api.filing import declared, uploads
from cli.families import VARIANTS, Family, family
from cli.legal_time import today
from cli.trouble import Trouble
from contracts.birth_steps import BirthNoticeFacts
from policy.checks import BirthRules
from policy.personal_id import check_personal_id
from sim_agencies.health_facility import BirthNotice
from sim_agencies.population import Person

OFFICE = "00070"
DAY = date(2026, 11, 22)
MOMENT = datetime(2026, 11, 22, 3, tzinfo=UTC)


def a_family(seed: int | None = None, day: date = DAY, **more: Any) -> Family:
    return family(VARIANTS[0], OFFICE, day, seed, **more)


def body(made: Family) -> BirthFilingBody:
    return BirthFilingBody.model_validate_json(json.dumps(made.filing))


def test_the_same_seed_gives_the_same_bytes_on_the_same_day() -> None:
    assert json.dumps(a_family(7).filing) == json.dumps(a_family(7).filing)
    assert a_family(7) == a_family(7)


def test_another_seed_and_another_day_give_another_family() -> None:
    codes = {a_family(7).notice_code, a_family(8).notice_code, a_family(7, date(2026, 11, 23)).notice_code}
    assert len(codes) == 3


def test_without_a_seed_each_family_is_new() -> None:
    made = [a_family() for _ in range(300)]
    assert len({each.notice_code for each in made}) == 300
    assert len({number for each in made for number in each.persons}) == 600


def test_families_vary_in_everything_that_a_desk_shows() -> None:
    made = [body(a_family(seed)).declaration for seed in range(200)]
    assert {each.child.sex for each in made} == {"male", "female"}
    assert len({each.child.full_name for each in made}) > 150
    assert len({each.child.surname for each in made}) > 10
    assert len({each.child.born_on for each in made}) == 29
    assert len({each.child.hometown.province for each in made}) > 25
    assert {each.copies for each in made} == {0, 1, 2, 3}


@pytest.mark.parametrize("seed", range(50))
def test_a_sample_is_valid_and_gives_the_clerk_nothing_to_object_to(seed: int) -> None:
    made = a_family(seed)
    filed = body(made)
    declared(filed.declaration, MOMENT)
    notice = BirthNotice.model_validate_json(json.dumps(made.notice))
    declaration = filed.declaration
    assert declaration.birth_notice is not None
    facts = BirthNoticeFacts(
        code=made.notice_code,
        mother_personal_id=notice.soDinhDanhMe,
        sex="male" if notice.gioiTinh == 1 else "female",
        born_on=datetime.strptime(notice.ngaySinh, "%Y%m%d").replace(tzinfo=UTC).date(),
    )
    assert not BirthRules().findings(declaration, facts, MOMENT)
    assert BirthRules().ineligible(declaration.child.born_on, MOMENT) is None


@pytest.mark.parametrize("seed", range(20))
def test_parents_numbers_fit_their_birth_and_they_were_grown_up_when_they_married(seed: int) -> None:
    made = a_family(seed)
    declaration = body(made).declaration
    assert declaration.marriage
    assert declaration.marriage.registered_on
    assert declaration.marriage.registered_on < declaration.child.born_on
    for parent in (declaration.mother, declaration.father):
        assert parent
        assert parent.personal_id
        known = Person.model_validate(made.persons[parent.personal_id])
        assert known.hoTen == parent.full_name
        born_on = date.fromisoformat(parent.born_on)
        sex: Literal["male", "female"] = "male" if known.gioiTinh == "NAM" else "female"
        home = parent.personal_id[1:3]
        assert not check_personal_id(parent.personal_id, province=home, sex=sex, born_on=born_on)
        assert (declaration.marriage.registered_on - born_on).days > 20 * 365


def test_a_paper_can_be_attached() -> None:
    (paper,) = uploads(body(a_family(1, paper=True)).attachments)
    assert paper.content.startswith(b"%PDF-")


def test_the_day_is_viet_nams() -> None:
    assert today() in {datetime.now(UTC).date(), date.fromordinal(datetime.now(UTC).date().toordinal() + 1)}


def test_a_variant_without_a_path_is_named() -> None:
    with pytest.raises(Trouble, match="V-B09 cannot be sampled yet; there is V-B01"):
        family("V-B09", OFFICE, DAY)
