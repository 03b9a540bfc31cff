"""The audit can fail: one birth told well, and each thing that could be told wrongly of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from cli.stack import Stack
from runtime.settings import Settings
from tests.drills.audit import Audit, audit

CODE, OTHER = "G22.99.08-261122-000001", "G22.99.08-261122-000002"
LEGS = {
    "civil_status": ("civil-status", "register", {"register_number": "1/2026"}),
    "personal_id": ("population", "issue_id", {"personal_id": "001226013296"}),
    "residence": ("residence", "register_residence", {"notice_number": "1/2026/TB-CAX-00070"}),
    "health_card": ("social-insurance", "issue_card", {"insurance_number": "0123456789"}),
}
Moves = list[tuple[str, str | None, dict[str, Any]]]
STRAIGHT: Moves = [
    ("filed", None, {}),
    ("law_read", None, {}),
    ("accepted", None, {}),
    ("leg_changed", "civil_status", {"state": "sent"}),
    ("leg_changed", "civil_status", {"state": "granted"}),
    ("leg_changed", "personal_id", {"state": "granted"}),
    ("document_published", None, {"version": 1}),
    ("handed_over", None, {"receiver": "vneid", "document": "d.v1", "version": 1}),
    ("handed_over", None, {"receiver": "one-stop", "document": "d.v1", "version": 1}),
    ("leg_changed", "residence", {"state": "granted"}),
    ("leg_changed", "health_card", {"state": "granted"}),
    ("done", None, {}),
    ("handed_over", None, {"receiver": "vneid", "document": "results", "version": 1}),
    ("returned", None, {}),
]


def row(effect: str, key: str, **result: Any) -> dict[str, Any]:
    return {"dossier": CODE, "effect": effect, "idempotency_key": f"{CODE}:{key}", "requests": 1, "result": result}


def ledgers() -> dict[str, list[dict[str, Any]]]:
    """What agencies keep of a straight birth."""
    kept = {agency: [row(effect, f"{effect}:1", **result)] for agency, effect, result in LEGS.values()}
    kept["vneid"] = [row("hand_over", f"hand_over:{part}-vneid:1") for part in ("birth_certificate-1", "results")]
    kept["one-stop"] = [row("status", f"status:one-stop:{n}", status=s) for n, s in enumerate((1, 3, 7, 4, 5), 1)]
    kept["one-stop"].insert(3, row("hand_over", "hand_over:birth_certificate-1-one-stop:1"))
    portal = enumerate((1, 2, 4, 9, 10), 1)
    kept["national-portal"] = [row("status", f"status:national-portal:{n}", status=s) for n, s in portal]
    kept["notification"] = [row("notice", f"notice:notification:{n}") for n in (1, 2, 3)]
    return kept


def view() -> dict[str, Any]:
    """A returned birth as support sees it."""
    legs = [
        {"kind": kind, "agency": agency, "state": "granted", "result": result, "reason": None}
        for kind, (agency, _, result) in LEGS.items()
    ]
    documents = [{"id": "d.v1", "version": 1, "state": "published"}]
    tasks = [{"id": "t", "state": "done"}]
    return {"stage": "returned", "legs": legs, "tasks": tasks, "documents": documents, "incidents": []}


@dataclass
class World:
    """One straight birth, as the API and the stand-ins tell it until a test spoils something."""

    views: dict[str, dict[str, Any]] = field(default_factory=lambda: {CODE: view()})
    journal: Moves = field(default_factory=lambda: list(STRAIGHT))
    ledgers: dict[str, list[dict[str, Any]]] = field(default_factory=ledgers)
    undelivered: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        match request.url.path.strip("/").split("/"):
            case ["vneid", "token"]:
                return httpx.Response(200, json={"access_token": "t"})
            case ["v1", "undelivered"]:
                return httpx.Response(200, json={"items": self.undelivered})
            case ["v1", "dossiers", code] if code in self.views:
                return httpx.Response(200, json=self.views[code])
            case ["v1", "dossiers", _, "journal"]:
                entries = [dict(zip(("kind", "leg", "data"), each, strict=True)) for each in self.journal]
                return httpx.Response(200, json={"items": [{"seq": n, **e} for n, e in enumerate(entries, 1)]})
            case [agency, "control", "ledger"]:
                return httpx.Response(200, json=self.ledgers[agency])
        return httpx.Response(404, json={"type": "urn:lienthong:problem:dossier-unknown"})

    async def audited(self, *codes: str, **more: Any) -> Audit:
        transport = httpx.MockTransport(self.answer)
        async with httpx.AsyncClient(transport=transport) as http:
            ground = SimpleNamespace(stack=Stack(http, Settings()))
            return await audit(ground, codes or [CODE], patience=0, **more)

    # ---- where tests spoil

    def leg(self, kind: str) -> dict[str, Any]:
        return next(leg for leg in self.views[CODE]["legs"] if leg["kind"] == kind)

    def rekey(self, agency: str, place: int, key: str) -> None:
        self.ledgers[agency][place]["idempotency_key"] = key

    def refuse(self, kind: str) -> None:
        """An agency refused a leg, and everything says so."""
        self.leg(kind).update(state="refused", result=None, reason="no_consent")
        del self.ledgers[LEGS[kind][0]][0]
        place = self.journal.index(("leg_changed", kind, {"state": "granted"}))
        self.journal[place] = ("leg_changed", kind, {"state": "refused"})
        self.ledgers["notification"].append(row("notice", "notice:notification:4"))


async def test_a_straight_birth_is_in_order() -> None:
    assert await World().audited() == Audit(dossiers=1, effects=7, statuses=10, notices=3)


Spoil = Callable[[World], object]
BROKEN: dict[str, tuple[Spoil, str]] = {
    "a dossier is gone": (lambda w: w.views.clear(), "1 dossiers are gone"),
    "not at its end": (lambda w: w.views[CODE].update(stage="done"), "stage done, not returned"),
    "an open incident": (lambda w: w.views[CODE]["incidents"].append({"code": "step-failed"}), "open incidents"),
    "an open task": (lambda w: w.views[CODE]["tasks"].append({"id": "s", "state": "open"}), "open tasks"),
    "a refused leg": (lambda w: w.refuse("residence"), "leg residence is refused"),
    "another state in the journal": (
        lambda w: w.leg("residence").update(state="refused", reason="x"),
        "the journal says granted",
    ),
    "an effect twice": (
        lambda w: w.ledgers["population"].append(row("issue_id", "issue_id:2", personal_id="001226013296")),
        "was done 2 times",
    ),
    "an effect twice under one key": (
        lambda w: w.ledgers["population"].append(w.ledgers["population"][0]),
        "population did",
    ),
    "an effect never": (lambda w: w.ledgers["residence"].clear(), "was done 0 times"),
    "an effect that no leg has": (
        lambda w: w.ledgers["residence"].append(row("issue_id_card", "x:1")),
        "issue_id_card",
    ),
    "another result": (lambda w: w.ledgers["population"][0]["result"].update(personal_id="x"), "population says"),
    "another dossier's key": (lambda w: w.rekey("population", 0, f"{OTHER}:issue_id:1"), "foreign key"),
    "the results not handed over": (lambda w: w.ledgers["vneid"].pop(), "handed over"),
    "the certificate handed over twice": (
        lambda w: w.ledgers["vneid"].append(row("hand_over", "hand_over:birth_certificate-1-vneid:2")),
        "handed over",
    ),
    "no hand-over, and the journal agrees": (
        lambda w: (w.ledgers["vneid"].pop(), w.journal.pop(-2)),
        "results-vneid",
    ),
    "a second version that holders never got": (
        lambda w: w.views[CODE]["documents"].append({"id": "d.v2", "version": 2, "state": "published"}),
        "birth_certificate-2-residence",
    ),
    "a status missing": (lambda w: w.ledgers["one-stop"].pop(), "1 of 5 not told to one-stop"),
    "a notice missing": (lambda w: w.ledgers["notification"].pop(), "1 of 3 not told to notification"),
    "a notice too many": (
        lambda w: w.ledgers["notification"].append(row("notice", "notice:notification:4")),
        "not 1 to 3",
    ),
    "statuses out of order": (lambda w: w.ledgers["national-portal"].reverse(), "national-portal was told"),
    "another status than the journal's": (
        lambda w: w.ledgers["national-portal"][4]["result"].update(status=9),
        "national-portal was told",
    ),
    "something undelivered": (
        lambda w: w.undelivered.append({"dossier": CODE, "partner": "one-stop", "number": 2, "problem": "LOGIC"}),
        "1 messages wait",
    ),
    "an effect for a dossier that nobody filed": (
        lambda w: w.ledgers["vneid"].append({**row("hand_over", "x"), "dossier": OTHER}),
        "not filed, but known to",
    ),
}


@pytest.mark.parametrize(("spoil", "named"), BROKEN.values(), ids=BROKEN)
async def test_what_is_wrong_is_named(spoil: Spoil, named: str) -> None:
    world = World()
    spoil(world)
    with pytest.raises(AssertionError, match=named):
        await world.audited()


async def test_a_refused_leg_is_in_order_where_it_was_to_be_expected() -> None:
    world = World()
    world.refuse("residence")
    assert (await world.audited(may_refuse={"residence"})).effects == 6


async def test_an_effect_behind_a_refused_leg_is_named() -> None:
    world = World()
    world.refuse("residence")
    world.ledgers["residence"].append(row("register_residence", "register_residence:1"))
    with pytest.raises(AssertionError, match="was done 1 times, not 0"):
        await world.audited(may_refuse={"residence"})


async def test_a_rejected_birth_leaves_nothing_but_what_was_told() -> None:
    world = World()
    for leg in world.views[CODE]["legs"]:
        leg.update(state="not_applicable", result=None)
    world.leg("civil_status").update(state="refused", reason="wrong_office")
    world.views[CODE].update(stage="rejected", documents=[])
    states: Moves = [("leg_changed", kind, {"state": "not_applicable"}) for kind in list(LEGS)[1:]]
    refused = ("leg_changed", "civil_status", {"state": "refused"})
    world.journal = [*STRAIGHT[:4], refused, *states, ("rejected", None, {})]
    told = {"one-stop": (1, 3, 7, 6), "national-portal": (1, 2, 4, 8)}
    world.ledgers = {agency: [] for agency in world.ledgers}
    for partner, statuses in told.items():
        world.ledgers[partner] = [row("status", f"status:{partner}:{n}", status=s) for n, s in enumerate(statuses, 1)]
    world.ledgers["notification"] = [row("notice", f"notice:notification:{n}") for n in (1, 2)]
    assert await world.audited(stages={CODE: "rejected"}) == Audit(dossiers=1, effects=0, statuses=8, notices=2)


async def test_a_second_supplement_request_is_no_new_status_where_the_dossier_already_stands() -> None:
    world = World()
    world.journal[2:2] = [("supplement_requested", None, {})] * 2
    world.ledgers["one-stop"] = [
        row("hand_over", "hand_over:birth_certificate-1-one-stop:1"),
        *(row("status", f"status:one-stop:{n}", status=s) for n, s in ((1, 1), (2, 2), (4, 3), (5, 7), (6, 4), (7, 5))),
    ]
    portal = enumerate((1, 5, 5, 2, 4, 9, 10), 1)
    world.ledgers["national-portal"] = [row("status", f"status:national-portal:{n}", status=s) for n, s in portal]
    world.ledgers["notification"] += [row("notice", f"notice:notification:{n}") for n in (4, 5)]
    assert (await world.audited()).statuses == 13


async def test_alone_on_its_ground_other_dossiers_are_strangers_too() -> None:
    world = World()
    world.views[OTHER] = view()
    world.ledgers["vneid"].append({**row("hand_over", "x"), "dossier": OTHER})
    await world.audited()
    with pytest.raises(AssertionError, match="not filed, but known to"):
        await world.audited(alone=True)
