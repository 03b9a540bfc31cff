from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

import pytest

from contracts.dossier import Group, LegKind
from contracts.law import ClockQuestion, LawQuestion, LawSnapshot, SupplementQuestion
from policy.birth import BirthLaw
from policy.calendar import LEGAL_ZONE, instant
from policy.dated import Dated, NotInForce, Parameter
from policy.law import Law
from policy.pack import Pack
from policy.schema import Duration, OnSupplement, Unit

T = TypeVar("T")
BYTES_IN_HISTORY = 2048


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LEGAL_ZONE)


def end(text: str) -> datetime:
    return instant(date.fromisoformat(text), time(17))


def read(filed: str, pack: Pack | None = None) -> LawSnapshot:
    return BirthLaw(pack).read(LawQuestion(group=Group.BIRTH, filed_at=at(filed)))


def with_entry(parameter: Parameter[T], since: date, value: T) -> Parameter[T]:
    """The same parameter with one more entry, as a new law would write it."""
    entry = parameter.newest().model_copy(update={"since": since, "value": value, "article": "new law"})
    return parameter.model_copy(update={"values": (*parameter.values, entry)})


def test_the_legs_stand_in_the_order_of_the_procedure() -> None:
    law = read("2024-07-01T09:00")

    assert [leg.leg for leg in law.legs] == [
        LegKind.CIVIL_STATUS,
        LegKind.PERSONAL_ID,
        LegKind.RESIDENCE,
        LegKind.HEALTH_CARD,
    ]


def test_registration_is_due_the_same_day_and_the_rest_with_the_group() -> None:
    law = read("2024-07-01T09:00")

    assert [leg.due_at for leg in law.legs] == [end("2024-07-01"), *[end("2024-07-04")] * 3]
    assert law.promised_at == end("2024-07-04")


def test_every_leg_names_its_article() -> None:
    assert all(leg.article for leg in read("2024-07-01T09:00").legs)


def test_the_certificate_waits_for_the_number_until_an_hour_before_closing() -> None:
    assert read("2024-07-01T09:00").certificate_by == at("2024-07-01T16:00")
    assert read("2024-07-01T15:00").certificate_by == at("2024-07-02T16:00")


def test_instants_are_utc() -> None:
    law = read("2024-07-01T09:00")

    assert {moment.tzinfo for moment in (law.promised_at, law.certificate_by, law.legs[0].due_at)} == {UTC}
    assert Law().supplement_due(SupplementQuestion(days=7, asked_at=at("2024-07-01T09:00"))).tzinfo is UTC


@pytest.mark.parametrize("filed", ["2024-07-01T00:00:00", "2025-07-01T09:00", "2026-11-21T09:00", "2027-03-01T09:00"])
def test_filings_run_under_the_regime_of_2024_until_a_later_one_is_laid_down(filed: str) -> None:
    assert read(filed).regime == "R63"


@pytest.mark.parametrize("filed", ["2024-06-30T23:59:59", "2024-06-28T10:00", "2023-07-10T10:00"])
def test_before_the_regime_began_there_is_no_law_to_read(filed: str) -> None:
    with pytest.raises(NotInForce, match="first entry is of 2024-07-01"):
        read(filed)


def test_a_new_regime_is_one_dated_entry_that_governs_from_its_first_day(pack: Pack) -> None:
    regimes = pack.regimes.model_copy(update={"birth": with_entry(pack.regimes.birth, date(2026, 9, 1), "R301")})
    coming = replace(pack, regimes=regimes)

    assert read("2026-08-28T14:00", coming).regime == "R63"
    assert read("2026-09-01T09:00", coming).regime == "R301"


def test_the_day_of_filing_governs_even_where_the_cutoff_moves_the_effective_day(pack: Pack) -> None:
    regimes = pack.regimes.model_copy(update={"birth": with_entry(pack.regimes.birth, date(2025, 7, 1), "NEXT")})
    law = read("2025-06-30T15:30", replace(pack, regimes=regimes))

    assert (law.governs_on, law.effective_on, law.regime) == (date(2025, 6, 30), date(2025, 7, 1), "R63")


def test_a_new_leg_appears_with_the_first_day_of_its_entry(pack: Pack) -> None:
    limit = Dated[Duration](
        since=date(2026, 9, 1), value=Duration(n=7, unit=Unit.WD), article="new law", source="test", verified=False
    )
    id_card = Parameter[Duration](meaning="ID card for a child under 6.", values=(limit,))
    legs = {**pack.birth.legs, LegKind.ID_CARD: id_card}
    coming = replace(pack, birth=pack.birth.model_copy(update={"legs": legs}))

    assert LegKind.ID_CARD not in {leg.leg for leg in read("2026-08-28T14:00", coming).legs}
    assert read("2026-09-03T09:00", coming).legs[-1].leg is LegKind.ID_CARD
    assert read("2026-09-03T09:00", coming).legs[-1].due_at == end("2026-09-14")


def test_a_snapshot_is_small_enough_for_history() -> None:
    assert len(read("2026-02-13T15:30").model_dump_json().encode()) <= BYTES_IN_HISTORY


def test_a_snapshot_says_that_not_all_of_its_law_was_verified() -> None:
    assert not read("2024-07-01T09:00").verified


def test_a_snapshot_names_every_article_once() -> None:
    articles = read("2024-07-01T09:00").articles

    assert {"63/2024/NĐ-CP", "60/2014/QH13 art. 16(2)"} <= set(articles)
    assert len(set(articles)) == len(articles)


def test_only_listed_papers_and_reasons_travel_with_the_dossier() -> None:
    law = read("2024-07-01T09:00")

    assert {"birth-notice-copy", "witness-statement", "undertaking-of-birth", "parents-consent"} <= set(law.papers)
    assert not {"household-register", "vneid-account", "child-photo"} & set(law.papers)
    assert {"not-eligible-age", "duplicate", "supplement-not-answered"} <= set(law.reasons)


def test_the_same_question_has_the_same_answer_and_the_same_hash() -> None:
    assert read("2024-07-01T09:00") == read("2024-07-01T09:00")


def test_a_pause_moves_every_date_by_the_citizens_time() -> None:
    law = read("2024-07-01T09:00")
    dates = Law().resume(ClockQuestion(law=law, paused_at=at("2024-07-01T11:00"), resumed_at=at("2024-07-05T10:00")))

    assert [leg.due_at for leg in dates.legs] == [end("2024-07-05"), *[end("2024-07-10")] * 3]
    assert dates.promised_at == end("2024-07-10")
    assert dates.certificate_by == at("2024-07-05T16:00")
    assert [leg.leg for leg in dates.legs] == [leg.leg for leg in law.legs]


def test_two_pauses_add_up() -> None:
    law = read("2024-07-01T09:00")
    first = Law().resume(ClockQuestion(law=law, paused_at=at("2024-07-01T11:00"), resumed_at=at("2024-07-03T10:00")))
    moved = law.model_copy(update={name: getattr(first, name) for name in ("promised_at", "certificate_by", "legs")})
    second = Law().resume(ClockQuestion(law=moved, paused_at=at("2024-07-04T10:00"), resumed_at=at("2024-07-09T10:00")))

    assert first.promised_at == end("2024-07-08")
    assert second.promised_at == end("2024-07-11")


def test_a_leg_that_was_overdue_before_the_pause_stays_overdue() -> None:
    law = read("2024-07-01T09:00")
    dates = Law().resume(ClockQuestion(law=law, paused_at=at("2024-07-02T10:00"), resumed_at=at("2024-07-08T10:00")))

    assert dates.legs[0].due_at == law.legs[0].due_at
    assert dates.certificate_by == law.certificate_by
    assert dates.promised_at == end("2024-07-10")


def test_where_the_law_says_restart_the_limits_begin_anew(pack_with: Callable[..., Pack]) -> None:
    law = read("2024-07-01T09:00")
    question = ClockQuestion(law=law, paused_at=at("2024-07-03T11:00"), resumed_at=at("2024-07-08T15:30"))
    dates = BirthLaw(pack_with(on_supplement=OnSupplement.RESTART)).resume(question)

    assert dates.promised_at == end("2024-07-12")
    assert dates.legs[0].due_at == law.legs[0].due_at  # overdue before the pause
    assert dates.legs[2].due_at == end("2024-07-12")


def test_a_second_restart_counts_no_more_days_than_the_first(pack_with: Callable[..., Pack]) -> None:
    restarting = BirthLaw(pack_with(on_supplement=OnSupplement.RESTART))
    law = read("2024-07-01T09:00")
    first = restarting.resume(
        ClockQuestion(law=law, paused_at=at("2024-07-01T10:00"), resumed_at=at("2024-07-02T10:00"))
    )
    moved = law.model_copy(update={name: getattr(first, name) for name in ("promised_at", "certificate_by", "legs")})
    second = restarting.resume(
        ClockQuestion(law=moved, paused_at=at("2024-07-03T10:00"), resumed_at=at("2024-07-04T10:00"))
    )

    assert first.promised_at == end("2024-07-05")
    assert second.promised_at == end("2024-07-09")


def test_changed_limits_do_not_reach_a_paused_dossier(pack: Pack) -> None:
    law = read("2024-07-01T09:00")
    longer = pack.birth.model_copy(
        update={"total": with_entry(pack.birth.total, date(2024, 7, 1), Duration(n=9, unit=Unit.WD))}
    )
    question = ClockQuestion(law=law, paused_at=at("2024-07-01T11:00"), resumed_at=at("2024-07-01T12:00"))

    assert BirthLaw(replace(pack, birth=longer)).resume(question).promised_at == law.promised_at


@pytest.mark.parametrize("group", Group)
def test_every_group_has_its_law(group: Group) -> None:
    assert Law().read(LawQuestion(group=group, filed_at=at("2024-07-01T09:00"))).regime == "R63"


def test_legs_of_no_known_group_cannot_be_resumed() -> None:
    law = read("2024-07-01T09:00")
    foreign = law.model_copy(update={"legs": (law.legs[0].model_copy(update={"leg": LegKind.ID_CARD}),)})
    moment = at("2024-07-01T11:00")

    with pytest.raises(NotInForce, match="no group"):
        Law().resume(ClockQuestion(law=foreign, paused_at=moment, resumed_at=moment + timedelta(hours=1)))


def test_both_doors_read_the_same_law() -> None:
    question = LawQuestion(group=Group.BIRTH, filed_at=at("2026-11-20T09:00"))

    assert Law().read(question) == BirthLaw().read(question)
