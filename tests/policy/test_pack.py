from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from policy.benefit_schema import BenefitParameters
from policy.dated import Entry, NotInForce, Parameter, Reading
from policy.pack import (
    BENEFITS,
    BIRTH,
    CALENDAR,
    CLOCK,
    DEATH,
    PERSONAL_ID,
    REGIMES,
    ROOT,
    LawUnreadable,
    Pack,
    current,
    load,
    parse,
)
from policy.schema import BirthParameters, CalendarDays, ClockParameters, DeathParameters, Regimes

PARAMETER_FILES = [REGIMES, CLOCK, BIRTH, DEATH, BENEFITS, PERSONAL_ID]
GOOD = """
death:
  meaning: Regime.
  values:
    - {from: 2024-07-01, value: R63, article: b, source: t, verified: false}
birth:
  meaning: Regime.
  values:
    - {from: 2024-07-01, value: R63, article: a, source: s, verified: true}
"""


def values_of(written: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every dated entry in a file, with the name of its parameter."""
    for name, content in written.items():
        if "values" in content:
            yield from ((name, entry) for entry in content["values"])
        else:
            yield from values_of(content)


ROWS = [
    (file, name, entry)
    for file in PARAMETER_FILES
    for name, entry in values_of(yaml.safe_load((ROOT / file).read_bytes()))
]


def test_every_file_of_parameters_is_part_of_the_pack() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.yaml")}

    assert files == {*PARAMETER_FILES, CALENDAR} == set(current().digests)


@pytest.mark.parametrize(("file", "name", "entry"), ROWS, ids=[f"{row[1]}-{row[2]['from']}" for row in ROWS])
def test_every_value_has_article_source_and_mark(file: str, name: str, entry: dict[str, Any]) -> None:
    assert entry["article"].strip()
    assert entry["source"].strip()
    assert entry["verified"] in {True, False}


def test_shares_of_the_legs_in_the_total_are_marked_as_not_verified(pack: Pack) -> None:
    shares = [leg for leg in pack.birth.legs.values() if leg.newest().value == "group_total"]

    assert len(shares) == 3
    assert not any(leg.newest().verified for leg in shares)


def test_limits_of_the_group_are_as_decreed(pack: Pack) -> None:
    on = Reading(date(2024, 7, 1))

    assert on.take(pack.birth.total).n == 3
    assert on.take(pack.birth.total_with_verification).n == 5
    assert on.take(pack.birth.supplement_days) == 7


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("article: a", "artikle: a"), "birth.values.0.artikle: Extra inputs are not permitted"),
        (("article: a", "article: ' '"), "birth.values.0.article: String should have at least 1 character"),
        (("source: s, ", ""), "birth.values.0.source: Field required"),
        (("verified: true", "verified: maybe"), "birth.values.0.verified: Input should be a valid boolean"),
        (("from: 2024-07-01", "from: 1"), "birth.values.0.from: "),
        (("from: 2024-07-01", "from: 2024-02-30"), "birth.values.0.from: "),
        (("R63", "the decree"), "birth.values.0.value: "),
        (("birth:", "wedding:"), "wedding: Extra inputs are not permitted"),
        (("meaning: Regime.", "meaning: ''"), "birth.meaning: "),
        (("birth:", "birth: {}\nbirth:"), "birth is written twice"),
        (("meaning", "\tmeaning"), "cannot start any token"),
    ],
)
def test_a_misfit_is_named_with_file_and_place(change: tuple[str, str], complaint: str) -> None:
    with pytest.raises(LawUnreadable) as refused:
        parse("parameters/regimes.yaml", GOOD.replace(*change).encode(), Regimes)

    assert str(refused.value).startswith("parameters/regimes.yaml: ")
    assert complaint in str(refused.value)


@pytest.mark.parametrize("second", ["2024-06-30", "2024-07-01"])
def test_days_in_force_must_ascend(second: str) -> None:
    twice = GOOD + f"    - {{from: {second}, value: R64, article: a, source: s, verified: true}}\n"

    with pytest.raises(LawUnreadable, match=f"days must ascend: {second} stands after 2024-07-01"):
        parse(REGIMES, twice.encode(), Regimes)


def test_a_parameter_without_entry_is_refused() -> None:
    with pytest.raises(LawUnreadable, match="a parameter needs an entry"):
        parse(REGIMES, b"birth: {meaning: Regime., values: []}", Regimes)


def changed(file: str, old: str, new: str) -> bytes:
    content = (ROOT / file).read_text(encoding="utf-8")
    assert old in content
    return content.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("file", "schema", "change", "complaint"),
    [
        (CLOCK, ClockParameters, ('value: "15:00"', "value: 15:00"), 'write times in quotes, as in "15:00"'),
        (CLOCK, ClockParameters, ('value: "15:00"', 'value: "25:00"'), 'write times in quotes, as in "15:00"'),
        (CLOCK, ClockParameters, ('opens: "13:00"', 'opens: "11:00"'), "sessions must follow one another"),
        (CLOCK, ClockParameters, ("value: pause", "value: maybe"), "on_supplement.values.0.value: "),
        (BIRTH, BirthParameters, ("unit: WD", "unit: WEEK"), "total.values.0.value.unit: "),
        (BIRTH, BirthParameters, ("n: 3", "n: -3"), "total.values.0.value.n: "),
        (BIRTH, BirthParameters, ("  residence:", "  house:"), "legs.house"),
        (BIRTH, BirthParameters, ("  civil_status:", "  id_card:"), "the first leg must be civil_status"),
        (BIRTH, BirthParameters, ("code: duplicate", "code: Duplicate!"), "reasons.values.0.value."),
        (BIRTH, BirthParameters, ("code: duplicate", "code: incomplete"), "incomplete is listed twice"),
        (BIRTH, BirthParameters, ("code: parents-consent", "code: ct01-consent"), "ct01-consent is listed twice"),
        (BIRTH, BirthParameters, ("only_if: always", "only_if: wanted"), "only_if: "),
        (DEATH, DeathParameters, ("  death_registration:", "  id_card:"), "the first leg must be death_registration"),
        (DEATH, DeathParameters, ("act: check", "act: examine"), "a chain has links, each act once and in its order"),
        (DEATH, DeathParameters, ("level: district", "level: canton"), "level: "),
        (DEATH, DeathParameters, ("place: merit_file", "place: anywhere"), "place: "),
        (BENEFITS, BenefitParameters, ("value: 1490000", "value: 0"), "base_salary.values.0.value: "),
        (BENEFITS, BenefitParameters, ("value: 1490000", "value: 1490000.5"), "base_salary.values.0.value: "),
        (BENEFITS, BenefitParameters, ("{fixed: 10000000}", "{fixed: 10000000, times: 2}"), "Extra inputs"),
        (BENEFITS, BenefitParameters, ("{times: 10, of: base_salary}", "{times: 10}"), "of: Field required"),
        (BENEFITS, BenefitParameters, ("of: base_salary", "of: merit_standard"), "of: "),
        (BENEFITS, BenefitParameters, ("[monthly, supplement]", "[monthly, carer]"), "before_1945.1: "),
        (BENEFITS, BenefitParameters, ("[social_insurance, emergency]", "[emergency]"), "between: "),
        (BENEFITS, BenefitParameters, ("in_force_from: 2026-10-05", "in_force_from: soon"), "in_force_from: "),
        (CALENDAR, CalendarDays, ("day: 2026-01-10", "day: 2026-01-01"), "days must ascend"),
    ],
)
def test_values_that_cannot_be_are_refused(
    file: str, schema: type[Entry], change: tuple[str, str], complaint: str
) -> None:
    with pytest.raises(LawUnreadable) as refused:
        parse(file, changed(file, *change), schema)

    assert complaint in str(refused.value)


def test_the_hash_follows_the_files_that_were_used(tmp_path: Path) -> None:
    for name in current().digests:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / BIRTH).write_bytes(changed(BIRTH, "n: 3", "n: 4"))
    other = load(tmp_path)

    assert other.hash_of(CLOCK, BIRTH) != current().hash_of(CLOCK, BIRTH)
    assert other.hash_of(CLOCK, REGIMES) == current().hash_of(CLOCK, REGIMES)


def test_the_hash_is_short_and_does_not_hang_on_the_order() -> None:
    assert current().hash_of(CLOCK, BIRTH) == current().hash_of(BIRTH, CLOCK)
    assert len(current().hash_of(CLOCK)) == 12


def test_a_process_loads_the_law_once() -> None:
    assert current() is current()


def test_an_entry_may_apply_from_before_it_is_in_force() -> None:
    entry = {"article": "a", "source": "s", "verified": True}
    parameter = Parameter[int].model_validate(
        {
            "meaning": "Amount.",
            "values": (
                {"from": date(2023, 7, 1), "value": 3, **entry},
                {"from": date(2026, 7, 1), "in_force_from": date(2026, 10, 5), "value": 4, **entry},
            ),
        }
    )

    assert parameter.at(date(2026, 7, 1), date(2026, 10, 4)).value == 3
    assert parameter.at(date(2026, 7, 1), date(2026, 10, 5)).value == 4
    assert parameter.at(date(2026, 6, 30), date(2026, 10, 5)).value == 3
    assert Reading(date(2026, 7, 1), date(2026, 10, 4)).take(parameter) == 3
    assert Reading(date(2026, 7, 1)).take(parameter) == 4


def test_an_entry_holds_from_its_first_day_until_the_next() -> None:
    entry = {"article": "a", "source": "s", "verified": True}
    parameter = Parameter[int].model_validate(
        {
            "meaning": "Days.",
            "values": (
                {"from": date(2024, 7, 1), "value": 3, **entry},
                {"from": date(2026, 9, 1), "value": 4, **entry},
            ),
        }
    )

    assert parameter.in_force(date(2024, 6, 30)) is None
    assert parameter.at(date(2024, 7, 1)).value == 3
    assert parameter.at(date(2026, 8, 31)).value == 3
    assert parameter.at(date(2026, 9, 1)).value == 4
    with pytest.raises(NotInForce, match="2024-06-30"):
        parameter.at(date(2024, 6, 30))
