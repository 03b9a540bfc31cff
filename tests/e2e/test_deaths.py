"""Every variant of a death, filed over HTTP: registered, removed, locked, and every benefit paid once by its payer."""

import asyncio
import hashlib
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.asking import eventually, paid
from tests.stack import Stack, leg

BASIC = {"death_registration": "granted", "residence_removal": "granted", "health_card_lock": "granted"}
HOMELESS = BASIC | {"residence_removal": "not_applicable"}
FUNERAL = BASIC | {"funeral": "granted"}
BOTH = FUNERAL | {"one_off": "granted"}
LABOUR, INSURANCE = "labour", "social-insurance"
VARIANTS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "V-D01": (BASIC, {}),
    "V-D02": (HOMELESS, {}),
    "V-D03": (BASIC, {}),
    "V-D04": (BASIC, {}),
    "V-D05": (BASIC, {}),
    "V-D06": (FUNERAL | {"survivor": "granted"}, {"funeral": INSURANCE, "survivor": INSURANCE}),
    "V-D07": (BOTH, {"funeral": LABOUR, "one_off": LABOUR}),
    "V-D08": (BOTH, {"funeral": INSURANCE, "one_off": LABOUR}),
    "V-D09": (BOTH, {"funeral": LABOUR, "one_off": LABOUR}),
    "V-D10": (BOTH, {"funeral": LABOUR, "one_off": LABOUR}),
    "V-D11": (FUNERAL, {"funeral": LABOUR}),
    "V-D12": (FUNERAL, {"funeral": LABOUR}),
    "V-D13": (FUNERAL, {"funeral": LABOUR}),
    "V-D14": (FUNERAL, {"funeral": LABOUR}),
    "V-D15": (FUNERAL, {"funeral": LABOUR}),
    "V-D16": (BASIC, {}),
    "V-D17": (BASIC | {"funeral": "not_applicable"}, {}),
    "V-D18": (FUNERAL, {"funeral": LABOUR}),
    "V-D19": (BASIC, {}),
    "V-D20": (BASIC, {}),
    "V-D21": (BASIC, {}),
}
"""What each variant's legs end with, and which agency pays what (domain.md A.5, D.3)."""


AT_ONCE = 6
Settled = dict[str, dict[str, Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def settled(stack: Stack) -> Settled:
    """One death of each variant, from its filing to `returned`, several at once; its last view."""
    hands = asyncio.Semaphore(AT_ONCE)

    async def one(variant: str) -> tuple[str, dict[str, Any]]:
        async with hands:
            filed = await stack.surely("/v1/dossiers", await stack.bereaved(variant), "portal")
            return variant, await stack.walk(filed.json()["code"], patience=60)

    return dict(await asyncio.gather(*(one(variant) for variant in VARIANTS)))


@pytest.mark.timeout(180)  # the first one waits for all of them
@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_death_of_each_variant_is_settled(stack: Stack, settled: Settled, variant: str) -> None:
    ends, payers = VARIANTS[variant]
    view = settled[variant]
    code = view["code"]
    assert {each["kind"]: each["state"] for each in view["legs"]} == ends
    assert all(each["reason"] for each in view["legs"] if each["state"] in {"refused", "not_applicable"})
    done = {kind: agency for agency in (LABOUR, INSURANCE) for kind in await paid(stack, agency, code)}
    assert done == payers
    assert await stack.effects("civil-status", code, "register_death") == 1
    assert await stack.effects("residence", code, "remove_residence") == (ends["residence_removal"] == "granted")
    assert await stack.effects(INSURANCE, code, "lock_card") == 1
    for kind in payers:
        assert leg(view, kind)["result"]["payment_reference"]


async def test_a_merit_file_is_decided_twice_and_never_with_the_carers_share(stack: Stack) -> None:
    filing = await stack.bereaved("V-D07")
    merit = filing["declaration"]["benefits"]["merit"]
    merit["allowances"] = [{**merit["allowances"][0], "monthly": 1_000_000, "supplement": 500_000, "carer": 700_000}]
    code = await stack.file(filing)
    view = await stack.walk(code)
    assert leg(view, "one_off")["result"]["amount"] == 4_500_000
    decided = [row for row in await stack.ledger(LABOUR, code) if row["effect"].startswith("decide")]
    assert sorted(row["effect"] for row in decided) == ["decide_funeral", "decide_one_off"]


async def test_the_extract_is_the_signed_document_that_the_view_names(stack: Stack, settled: Settled) -> None:
    view = settled["V-D01"]
    code = view["code"]
    [document] = view["documents"]
    assert (document["kind"], document["signed"]) == ("death_extract", True)
    answer = await stack.get(f"/v1/dossiers/{code}/documents/{document['id']}", "portal")
    assert hashlib.sha256(answer.content).hexdigest() == document["sha256"]
    assert await stack.effects("vneid", code, "hand_over") == 2


async def test_partners_hear_of_a_death_in_their_order(stack: Stack, settled: Settled) -> None:
    code = settled["V-D08"]["code"]

    async def told() -> list[Any]:
        rows = await stack.ledger("one-stop", code)
        return [row["result"]["status"] for row in rows if row["effect"] == "status"]

    assert await eventually(told, lambda seen: seen[-1:] == [5]) == [1, 3, 7, 4, 5]


@pytest.mark.parametrize("variant", ["V-D01", "V-D08", "V-D06"], ids=["2", "3", "4"])
async def test_what_a_death_costs_the_engine(stack: Stack, settled: Settled, variant: str) -> None:
    view = settled[variant]
    history = await stack.client.get_workflow_handle(f"death/{view['code']}").fetch_history()
    size = sum(event.ByteSize() for event in history.events)
    print(f"death, {len(view['legs'])} legs: {len(history.events)} events, {size} bytes")  # the figure is asked for
    assert len(history.events) <= 50 + 20 * len(view["legs"])
