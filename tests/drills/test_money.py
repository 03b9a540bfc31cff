"""Money is paid once: many filings for few deceased, claimed from every payer, while answers are lost and repeated."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from itertools import cycle
from typing import Any

import pytest

from cli.bench.grounds import Grounds
from cli.bench.office import Office
from cli.deaths import bereaved
from cli.legal_time import today
from cli.stack import Role, Stack
from contracts.benefit_steps import ClaimState
from contracts.dossier import TaskKind
from records.registers import ClaimRegister
from workers.rooms import Rooms

PAYERS = ("labour", "social-insurance")
CLAIMS: tuple[tuple[str, ...], ...] = (
    ("merit", "social_insurance"),
    ("merit",),
    ("social_insurance",),
    ("social_protection",),
    ("emergency",),
    ("social_pension",),
    ("veteran",),
    ("merit", "social_protection"),
)
"""Under which laws the families of one deceased claim, filing by filing."""
TROUBLE = {
    "lost_response_rate": 0.3,
    "callback_duplicate_rate": 0.5,
    "callback_drop_rate": 0.2,
    "pending_rate": 0.5,
    "answer_delay_s": [0.2, 1.0],
    "error_rate": 0.1,
    "seed": 20261122,
}
PATIENCE_S = 240.0


@pytest.mark.timeout(300)
async def test_each_benefit_is_paid_once_however_many_claim_it(
    ground: Grounds, full: bool, tell: Callable[[str], None]
) -> None:
    filings, deceased = (200, 20) if full else (12, 3)
    stack = ground.stack
    office = Office(stack, handles=frozenset({TaskKind.REVIEW, TaskKind.SIGNATURE, TaskKind.DECISION}))
    families: dict[str, str] = {}
    try:
        for agency in PAYERS:
            await stack.agency("PUT", f"{agency}/control/faults", TROUBLE)
        async with office.at_work():
            async with asyncio.TaskGroup() as group:
                for person, filing in await _filings(stack, deceased, filings):
                    group.create_task(_file(office, families, person, filing))
            await office.all_closed(PATIENCE_S)
    finally:  # others use this ground
        for agency in PAYERS:
            await stack.agency("DELETE", f"{agency}/control/faults")
    ended = Counter(str(course.stage) for course in office.courses.values())
    assert ended == {"returned": deceased, "rejected": filings - deceased}
    paid = await _paid(stack, families)
    owed = await _owed(stack, office)
    tell(f"{filings} filings for {deceased} deceased: {dict(ended)}; paid {_told(paid)}, owed {_told(owed)}")
    assert paid == owed
    assert all(count == 1 for count in paid.values())
    assert sum(kind == "funeral" for _, kind in paid) == deceased
    assert await _registered(ground, families) == Counter({(families[code], kind): 1 for code, kind in owed})


async def _filings(stack: Stack, deceased: int, filings: int) -> list[tuple[str, dict[str, Any]]]:
    """Filings in turn for each of the deceased, each under other laws; all of them name the same notice."""
    found, claims = [], cycle(CLAIMS)
    families = [bereaved("V-D08", stack.settings.sample_office, today()) for _ in range(deceased)]
    for family in families:
        for path, body in family.registrations.items():
            await stack.agency("PUT", path, body)
    for number in range(filings):
        family = families[number % deceased]
        filing = {**family.filing, "declaration": _claiming(family.filing["declaration"], next(claims))}
        found.append((filing["declaration"]["deceased"]["personal_id"], filing))
    return found


def _claiming(declaration: dict[str, Any], categories: Collection[str]) -> dict[str, Any]:
    details = {"merit": "merit", "social_insurance": "insurance"}
    left_out = {field for payer, field in details.items() if payer not in categories}
    kept = {name: value for name, value in declaration["benefits"].items() if name not in left_out}
    return {**declaration, "benefits": {**kept, "categories": list(categories)}}


async def _file(office: Office, families: dict[str, str], person: str, filing: dict[str, Any]) -> None:
    families[await office.file(filing)] = person


async def _paid(stack: Stack, families: dict[str, str]) -> Counter[tuple[str, str]]:
    """How often each benefit was paid, by whichever agency."""
    rows = [row for agency in PAYERS for row in await stack.agency("GET", f"{agency}/control/ledger")]
    return Counter(
        (row["dossier"], row["effect"].removeprefix("pay_"))
        for row in rows
        if row["effect"].startswith("pay_") and row["dossier"] in families
    )


async def _owed(stack: Stack, office: Office) -> Counter[tuple[str, str]]:
    """What the dossiers say was paid."""
    found: Counter[tuple[str, str]] = Counter()
    for code, course in office.courses.items():
        if str(course.stage) == "returned":
            view = await stack.read(f"/v1/dossiers/{code}", Role.SUPPORT)
            found.update((code, leg["kind"]) for leg in view["legs"] if leg["payer"] and leg["state"] == "granted")
    return found


async def _registered(ground: Grounds, families: dict[str, str]) -> Counter[tuple[str, str]]:
    """What the claim register holds as paid, by the deceased."""
    rooms = Rooms.open(ground.settings)
    try:
        register = ClaimRegister(rooms.database, rooms.keys)
        found: Counter[tuple[str, str]] = Counter()
        for person in set(families.values()):
            entries = await register.of_deceased(person)
            assert {entry.state for entry in entries} == {ClaimState.PAID}
            found.update((person, entry.kind) for entry in entries)
        return found
    finally:
        await rooms.close()


def _told(counted: Counter[tuple[str, str]]) -> dict[str, int]:
    return dict(Counter(kind for _, kind in counted.elements()))
