from datetime import date, datetime, time

import pytest

from contracts.benefits import Asked, Payer
from contracts.death import SubstituteKind
from contracts.dossier import Group, LegKind
from contracts.law import ClockQuestion, LawQuestion, LawSnapshot
from policy.calendar import instant
from policy.dated import NotInForce
from policy.death import DeathLaw
from policy.law import Law
from policy.pack import Pack
from policy.schema import OnSupplement
from tests.policy.conftest import PackWith
from tests.policy.deaths import at

BYTES_IN_HISTORY = 2048
MERIT_FUNERAL, MERIT_ONE_OFF = (
    Asked(leg=LegKind.FUNERAL, payer=Payer.MERIT),
    Asked(leg=LegKind.ONE_OFF, payer=Payer.MERIT),
)
MERIT_SURVIVOR = Asked(leg=LegKind.SURVIVOR, payer=Payer.MERIT)
UNDECIDED = Asked(leg=LegKind.FUNERAL)


def end(text: str) -> datetime:
    return instant(date.fromisoformat(text), time(17))


def read(filed: str, *asked: Asked, pack: Pack | None = None) -> LawSnapshot:
    return DeathLaw(pack).read(LawQuestion(group=Group.DEATH, filed_at=at(filed), asked=asked))


def due(law: LawSnapshot) -> dict[LegKind, datetime]:
    return {leg.leg: leg.due_at for leg in law.legs}


def test_every_form_removes_the_residence_and_locks_the_card() -> None:
    law = read("2024-07-10T09:00")

    assert list(due(law)) == [LegKind.DEATH_REGISTRATION, LegKind.RESIDENCE_REMOVAL, LegKind.HEALTH_CARD_LOCK]


@pytest.mark.parametrize(
    ("filed", "registration", "others"),
    [
        ("2024-07-10T14:59", "2024-07-10", "2024-07-18"),
        ("2024-07-10T15:00", "2024-07-11", "2024-07-19"),
        ("2025-01-24T10:00", "2025-01-24", "2025-02-10"),
    ],
)
def test_registration_is_due_the_same_day_and_the_rest_within_six(filed: str, registration: str, others: str) -> None:
    law = read(filed)

    assert [leg.due_at for leg in law.legs] == [end(registration), end(others), end(others)]
    assert law.promised_at == end(others)
    assert law.certificate_by == end(registration)


@pytest.mark.parametrize(
    ("asked", "funeral"),
    [
        (Asked(leg=LegKind.FUNERAL, payer=Payer.SOCIAL_PROTECTION), "2024-07-17"),
        (Asked(leg=LegKind.FUNERAL, payer=Payer.EMERGENCY), "2024-07-15"),
        (Asked(leg=LegKind.FUNERAL, payer=Payer.SOCIAL_INSURANCE), "2024-08-05"),
        (UNDECIDED, "2024-08-05"),
    ],
)
def test_a_benefit_is_due_when_its_chain_ends_and_the_promise_covers_it(asked: Asked, funeral: str) -> None:
    law = read("2024-07-10T09:00", asked)

    assert due(law)[LegKind.FUNERAL] == end(funeral)
    assert due(law)[LegKind.RESIDENCE_REMOVAL] == end("2024-07-18")
    assert law.promised_at == end("2024-08-05")
    assert law.legs[-1].payer == asked.payer


def test_a_chain_longer_than_the_total_moves_the_promise() -> None:
    law = read("2024-07-10T09:00", MERIT_FUNERAL, MERIT_ONE_OFF)

    assert due(law)[LegKind.FUNERAL] == due(law)[LegKind.ONE_OFF] == law.promised_at == end("2024-08-07")


def test_papers_follow_what_is_asked_for() -> None:
    plain, full = (
        set(read("2024-07-10T09:00").papers),
        set(read("2024-07-10T09:00", MERIT_FUNERAL, MERIT_SURVIVOR).papers),
    )
    social = set(read("2024-07-10T09:00", Asked(leg=LegKind.FUNERAL, payer=Payer.SOCIAL_PROTECTION)).papers)

    assert full - plain == {"form-12", "school-certificate", "income-certificate"}
    assert social - plain == {"form-04", "insurance-stop-decision"}
    assert set(read("2024-07-10T09:00", MERIT_FUNERAL).papers) - plain == {"form-12"}


def test_the_substitute_papers_may_be_asked_for_and_no_copy_of_the_extract() -> None:
    papers = set(read("2024-07-10T09:00").papers)
    substitutes = {kind.replace("_", "-") for kind in SubstituteKind if kind is not SubstituteKind.NONE}

    assert len(SubstituteKind) == 8
    assert papers == substitutes | {"declaration", "death-notice-copy"}


def test_reasons_travel_with_the_dossier() -> None:
    assert {"death-not-proven", "already-registered", "duplicate", "supplement-not-answered"} <= set(
        read("2024-07-10T09:00").reasons
    )


def test_the_fullest_snapshot_is_small_enough_for_history() -> None:
    law = read("2026-02-13T15:30", MERIT_FUNERAL, MERIT_ONE_OFF, MERIT_SURVIVOR)

    assert len(law.legs) == 6
    assert len(law.model_dump_json().encode()) <= BYTES_IN_HISTORY


def test_a_snapshot_is_marked_as_not_verified_and_names_each_article_once() -> None:
    law = read("2024-07-10T09:00", MERIT_FUNERAL)

    assert not law.verified
    assert {"60/2014/QH13 art. 34(2)", "131/2021/NĐ-CP art. 122, 123"} <= set(law.articles)
    assert len(set(law.articles)) == len(law.articles)
    assert all(leg.article for leg in law.legs)


def test_there_is_no_death_group_before_its_regime() -> None:
    with pytest.raises(NotInForce, match="2024-07-01"):
        read("2024-06-30T23:59")


def test_both_doors_read_the_same_law_and_resume_by_its_legs() -> None:
    question = LawQuestion(group=Group.DEATH, filed_at=at("2024-07-10T09:00"), asked=(MERIT_FUNERAL,))
    law = Law().read(question)
    moved = Law().resume(ClockQuestion(law=law, paused_at=at("2024-07-10T11:00"), resumed_at=at("2024-07-12T10:00")))

    assert law == DeathLaw().read(question)
    assert moved.legs[0].due_at == moved.certificate_by == end("2024-07-12")
    assert moved.promised_at == end("2024-08-09")
    assert moved.legs[-1].payer is Payer.MERIT


def test_where_the_law_says_restart_each_chain_begins_anew(pack_with: PackWith) -> None:
    restarting = DeathLaw(pack_with(on_supplement=OnSupplement.RESTART))
    law = read("2024-07-10T09:00", MERIT_FUNERAL)
    moved = restarting.resume(
        ClockQuestion(law=law, paused_at=at("2024-07-10T11:00"), resumed_at=at("2024-07-17T10:00"))
    )
    anew = read("2024-07-17T10:00", MERIT_FUNERAL)

    assert (moved.legs, moved.promised_at) == (anew.legs, anew.promised_at)
