"""A filing of either group: wrong fields by name, whatever they hang on, and what travels with the dossier."""

from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter

from api import examples, problems
from api.bodies import BirthFilingBody, DeathFilingBody, FilingBody
from api.filing import canonical, declared, filing, supplemented
from api.problems import Problem
from contracts.birth import BirthFiling
from contracts.death import DeathDeclaration, DeathFiling

READ: TypeAdapter[BirthFilingBody | DeathFilingBody] = TypeAdapter(FilingBody)
NOW = datetime(2026, 7, 3, 2, tzinfo=UTC)
"""The third of July, nine o'clock in Viet Nam."""
ABSENT = object()


def a_death(where: str = "/copies", value: Any = 1) -> dict[str, Any]:
    """The example, in which what stands at this place of the declaration is another thing, or absent."""
    told = deepcopy(examples.DEATH)
    *path, last = where[1:].split("/")
    place: Any = told["declaration"]
    for part in path:
        place = place[int(part)] if isinstance(place, list) else place[part]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return told


@pytest.fixture
async def desk() -> AsyncIterator[httpx.AsyncClient]:
    """Takes filings as the API does, and keeps none."""
    app = FastAPI()
    problems.install(app)

    @app.post("/")
    async def take(body: FilingBody) -> str:
        declared(body.declaration, NOW)
        return body.group

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        yield client


async def pointers(desk: httpx.AsyncClient, told: Any) -> set[str]:
    answer = await desk.post("/", json=told)
    assert answer.status_code == 422
    return {each["pointer"] for each in answer.json()["errors"]}


@pytest.mark.parametrize("told", [examples.BIRTH, examples.DEATH], ids=["birth", "death"])
async def test_a_filing_of_either_group_is_taken(desk: httpx.AsyncClient, told: dict[str, Any]) -> None:
    answer = await desk.post("/", json=told)
    assert (answer.status_code, answer.json()) == (200, told["group"])


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("/extra", 1),
        ("/deceased/nickname", "Tí"),
        ("/deceased/born_on", "1948-02-31"),
        ("/deceased/personal_id", ABSENT),
        ("/undertaking", ABSENT),
        ("/died_at", 20260702),
        ("/died_at", "2026-07-04"),
        ("/died_at", "2026-07-03T09:00:01+07:00"),
        ("/procedures", ["death_registration"]),
        ("/death_notice", ABSENT),
        ("/death_notice/number", "12/TLKT"),
        ("/death_notice/issued_on", "2026-07-04"),
        ("/household_head", ABSENT),
        ("/benefits", ABSENT),
        ("/benefits/payment/holder", ABSENT),
        ("/benefits/recipient/representative", "Lê Thị Hoa"),
        ("/benefits/merit/allowances/0/monthly", -1),
        ("/benefits/burial/buried_on", "2026-07-01"),
        ("/benefits/survivors/0/born_on", "2026-07-04"),
    ],
)
async def test_a_wrong_field_of_a_death_is_named(desk: httpx.AsyncClient, where: str, value: Any) -> None:
    assert f"/declaration{where}" in await pointers(desk, a_death(where, value))


async def test_several_wrong_fields_are_named_at_once(desk: httpx.AsyncClient) -> None:
    told = a_death("/deceased/sex", ABSENT) | {"office": "7"}
    assert await pointers(desk, told) == {"/declaration/deceased/sex", "/office"}


@pytest.mark.parametrize("told", [{}, {"group": "wedding"}, examples.DEATH | {"group": None}])
async def test_a_filing_of_no_group_points_at_the_group(desk: httpx.AsyncClient, told: dict[str, Any]) -> None:
    assert await pointers(desk, told) == {"/group"}


@pytest.mark.parametrize("channel", ["office", "fax"])
async def test_nobody_files_by_another_channel_than_online_or_at_a_counter(
    desk: httpx.AsyncClient, channel: str
) -> None:
    assert await pointers(desk, examples.DEATH | {"channel": channel}) == {"/channel"}


async def test_a_death_said_to_be_a_birth_is_none(desk: httpx.AsyncClient) -> None:
    wrong = await pointers(desk, examples.DEATH | {"group": "birth"})
    assert {"/declaration/child", "/declaration/deceased", "/applicant/relation"} <= wrong


def test_the_day_of_death_is_viet_nams() -> None:
    told = a_death("/died_at", "2026-07-02T18:00:00Z")["declaration"]
    told["benefits"]["burial"]["buried_on"] = "2026-07-02"
    with pytest.raises(Problem) as wrong:
        declared(DeathDeclaration.model_validate(told), NOW)
    assert [each.pointer for each in wrong.value.errors] == ["/declaration/benefits/burial/buried_on"]


@pytest.mark.parametrize(("told", "kind"), [(examples.BIRTH, BirthFiling), (examples.DEATH, DeathFiling)])
def test_what_travels_is_of_the_filings_group(told: dict[str, Any], kind: type) -> None:
    body = READ.validate_python(told)
    assert type(filing(body, ())) is kind
    assert canonical(body)["group"] == told["group"]


def test_a_correction_of_a_death_is_merged_and_checked_as_a_whole() -> None:
    known = filing(READ.validate_python(examples.DEATH), ())
    told = supplemented(known, {"cause": "Tuổi cao", "copies": 3}, (), NOW)
    assert isinstance(told, DeathFiling)
    assert (told.declaration.cause, told.declaration.copies) == ("Tuổi cao", 3)
    assert told.declaration.deceased == known.declaration.deceased
    with pytest.raises(Problem) as wrong:
        supplemented(known, {"death_notice": None}, (), NOW)
    assert [each.pointer for each in wrong.value.errors] == ["/declaration/death_notice"]
