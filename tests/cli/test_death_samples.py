"""Sample deaths: one row a variant, each a filing that the API takes and that gives the clerk nothing to object to."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.bodies import DeathFilingBody
from api.filing import declared, uploads
from cli.death_variants import VARIANTS
from cli.deaths import Bereaved, bereaved
from cli.trouble import Trouble
from contracts.benefits import Award, Benefit, MeritCategory, Payer, Stop
from contracts.claims import RecipientKind
from contracts.death import DeathDeclaration, DeathNoticeFacts, PersonFacts
from contracts.dossier import Finding, LegKind
from contracts.people import Kinship, Sex
from policy.benefits import entitlements, route
from policy.calendar import day_of
from policy.death_checks import DeathRules
from sim_agencies.app import create_app
from sim_agencies.health_facility import DeathNotice
from sim_agencies.population import Person
from sim_agencies.settings import Settings

OFFICE = "00070"
DAY = date(2026, 11, 22)
MOMENT = datetime(2026, 11, 22, 3, tzinfo=UTC)
SEEDS = range(12)
BY_PAPER = {"V-D04", "V-D18"}
"""Known by a paper in place of a facility's notice."""
LATE = {"V-D19"}


def a_death(variant: str = "V-D08", seed: int | None = 7, day: date = DAY, **more: Any) -> Bereaved:
    return bereaved(variant, OFFICE, day, seed, **more)


def body(made: Bereaved) -> DeathFilingBody:
    return DeathFilingBody.model_validate_json(json.dumps(made.filing))


def declaration(variant: str, seed: int = 7) -> DeathDeclaration:
    return body(a_death(variant, seed)).declaration


def paid_by(told: DeathDeclaration, benefit: Benefit = LegKind.FUNERAL) -> Payer | None:
    """Who owes it, by the law of that day."""
    known = entitlements(told, "01")
    assert known is not None
    answer = route(known, [LegKind.FUNERAL], day_of(told.died_at), known_on=DAY).of(benefit)
    return answer.payer if isinstance(answer, Award | Stop) else None


def test_every_variant_of_the_field_is_there() -> None:
    assert list(VARIANTS) == [f"V-D{number:02}" for number in range(1, 22)]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_sample_is_valid_and_gives_the_clerk_nothing_to_object_to(variant: str, seed: int) -> None:
    made = a_death(variant, seed, paper=True)
    filed = body(made)
    told = filed.declaration
    declared(told, MOMENT)
    assert uploads(filed.attachments)
    assert DeathRules().ineligible(told, MOMENT) is None
    found = DeathRules().findings(told, _notice(made), _person(made), MOMENT)
    expected = {Finding.NOTICE_NOT_DECLARED} if variant in BY_PAPER else set()
    assert {*found} == expected | ({Finding.LATE_REGISTRATION} if variant in LATE else set())


@pytest.mark.parametrize("variant", VARIANTS)
def test_everybody_in_it_is_known_to_the_population_database(variant: str) -> None:
    made = a_death(variant)
    filed = body(made)
    told = filed.declaration
    named = {filed.applicant.personal_id, told.deceased.personal_id}
    named |= {told.household_head.personal_id} if told.household_head else set()
    if told.benefits:
        named |= {told.benefits.recipient.personal_id, *(each.personal_id for each in told.benefits.survivors)}
    assert named <= {*made.persons}
    assert f"population/control/persons/{told.deceased.personal_id}" in made.registrations
    for person in made.persons.values():
        Person.model_validate(person)


@pytest.mark.parametrize(("variant", "holds"), [("V-D02", False), ("V-D08", True), ("V-D21", True)])
def test_the_dead_hold_a_health_card_where_they_had_a_residence(variant: str, *, holds: bool) -> None:
    made = a_death(variant)
    holder = made.filing["declaration"]["deceased"]["personal_id"]
    card = made.registrations.get(f"social-insurance/control/holders/{holder}")
    assert (card is not None) is holds
    insurance = (made.filing["declaration"].get("benefits") or {}).get("insurance")
    assert insurance is None or card == {"soBHXH": insurance["number"]}


async def test_the_stand_ins_take_what_they_are_told_of_every_variant(tmp_path: Path) -> None:
    agencies = httpx.ASGITransport(create_app(Settings(state_dir=tmp_path)))
    async with httpx.AsyncClient(transport=agencies, base_url="http://agencies") as http:
        for variant in VARIANTS:
            for path, told in a_death(variant).registrations.items():
                answer = await http.put(f"/{path}", json=told)
                assert answer.status_code == 200, (variant, path, answer.text)


def test_the_same_seed_gives_the_same_bytes_on_the_same_day() -> None:
    assert json.dumps(a_death().filing) == json.dumps(a_death().filing)
    assert a_death() == a_death()
    numbers = {_number(each) for each in (a_death(), a_death(seed=8), a_death(day=date(2026, 11, 23)))}
    assert len(numbers) == 3


def test_without_a_seed_each_family_is_new() -> None:
    assert len({_number(a_death(seed=None)) for _ in range(300)}) == 300


def test_a_variant_that_is_none_is_named() -> None:
    with pytest.raises(Trouble, match="there is no variant V-D22 of a death"):
        a_death("V-D22")


@pytest.mark.parametrize(
    ("variant", "payer"),
    [
        ("V-D06", Payer.SOCIAL_INSURANCE),
        ("V-D07", Payer.MERIT),
        ("V-D08", Payer.SOCIAL_INSURANCE),
        ("V-D09", Payer.MERIT),
        ("V-D10", Payer.MERIT),
        ("V-D11", Payer.SOCIAL_PROTECTION),
        ("V-D12", Payer.EMERGENCY),
        ("V-D13", Payer.SOCIAL_PENSION),
        ("V-D14", Payer.VETERAN),
        ("V-D15", Payer.SOCIAL_PROTECTION),
        ("V-D17", Payer.ARMED_FORCES),
        ("V-D18", Payer.MERIT),
    ],
)
def test_the_law_sends_each_funeral_to_the_payer_that_the_variant_is_about(variant: str, payer: Payer) -> None:
    assert {paid_by(declaration(variant, seed)) for seed in SEEDS} == {payer}


@pytest.mark.parametrize(("variant", "due"), [("V-D07", True), ("V-D08", True), ("V-D10", True), ("V-D18", False)])
def test_a_one_off_is_due_where_an_allowance_was_paid(variant: str, *, due: bool) -> None:
    assert (paid_by(declaration(variant), LegKind.ONE_OFF) is Payer.MERIT) is due


@pytest.mark.parametrize(("variant", "procedures"), [("V-D01", 2), ("V-D08", 3), ("V-D06", 4), ("V-D21", 2)])
def test_the_form_asks_for_so_many_procedures(variant: str, procedures: int) -> None:
    assert len(declaration(variant).procedures) == procedures


def test_each_variant_is_what_it_says() -> None:
    assert declaration("V-D02").last_residence.address is None
    assert declaration("V-D05").place_of_death.facility is None
    assert {each.category for each in _merit("V-D10")} == {MeritCategory.WAR_INVALID, MeritCategory.TOXIN_VICTIM}
    organised = declaration("V-D15").benefits
    assert organised
    assert organised.recipient.kind is RecipientKind.ORGANISATION
    head = declaration("V-D16").household_head
    assert head
    assert head.personal_id == declaration("V-D16").deceased.personal_id
    unpaid = declaration("V-D18")
    assert unpaid.substitute
    assert unpaid.substitute.office == OFFICE
    assert not any(each.monthly for each in _merit("V-D18"))
    assert body(a_death("V-D20")).applicant.relation is Kinship.REPRESENTATIVE


def test_every_substitute_paper_comes_up() -> None:
    kinds = {paper.kind for seed in range(80) if (paper := declaration("V-D04", seed).substitute)}
    assert len(kinds) == 8


def _merit(variant: str) -> Any:
    claimed = declaration(variant).benefits
    assert claimed
    assert claimed.merit
    return claimed.merit.allowances


def _number(made: Bereaved) -> str:
    return str(made.filing["declaration"]["death_notice"]["number"])


def _notice(made: Bereaved) -> DeathNoticeFacts | None:
    if made.notice is None:
        return None
    notice = DeathNotice.model_validate(made.notice)
    assert notice.soDinhDanh
    sex = Sex.MALE if notice.gioiTinh == 1 else Sex.FEMALE
    return DeathNoticeFacts(number=notice.maGBT, personal_id=notice.soDinhDanh, sex=sex, died_on=_day(notice.ngayChet))


def _person(made: Bereaved) -> PersonFacts:
    number = made.filing["declaration"]["deceased"]["personal_id"]
    known = Person.model_validate(made.persons[number])
    sex = Sex.MALE if known.gioiTinh == "NAM" else Sex.FEMALE
    born_on = _day(known.ngaySinh).isoformat()
    return PersonFacts(personal_id=number, full_name=known.hoTen, sex=sex, born_on=born_on)


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
