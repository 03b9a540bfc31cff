"""The faults of agencies, a trial each: where a fault is set, how one sees that it was met, what may come of it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.dossier import Stage

Settings = Mapping[str, Mapping[str, object]]
View = dict[str, Any]
Entries = list[dict[str, Any]]

LEGS = ("civil-status", "population", "residence", "social-insurance")
RECEIVERS = ("vneid", "one-stop")
PARTNERS = ("one-stop", "national-portal", "notification")
EVERY = (*LEGS, "health-facility", "vneid", *PARTNERS, "signing")
READ = tuple(agency for agency in EVERY if agency != "signing")
"""Whose unreadable answers park a step or hold a message; an unreadable signature is the chair's to repeat."""
SEED = 11
FAILING, LOSING = 5221, 15606
"""With these each leg's agency fails, or loses an answer, once in its first two requests and never twice running."""
REFUSING = 92
"""With this each leg's agency refuses one birth of four, of those that come as far."""


@dataclass(frozen=True)
class Findings:
    """What was seen of some dossiers: their journals, and the failures of their attempts, from the log."""

    journals: Mapping[str, Entries]
    failures: Counter[str]

    def opened(self) -> Counter[str]:
        """Incidents by code."""
        return Counter(entry["data"]["code"] for entry in self._entries("incident_opened"))

    def resolved(self) -> int:
        return sum(1 for _ in self._entries("incident_resolved"))

    def moved(self, state: str, *legs: str) -> int:
        """How often one of these legs, or any, came into a state."""
        found = [entry for entry in self._entries("leg_changed") if not legs or entry["leg"] in legs]
        return sum(entry["data"]["state"] == state for entry in found)

    def took(self, leg: str, before: str, seconds: float) -> int:
        """In how many dossiers a leg stayed in a state for so long before it was granted."""
        return sum(_spent(journal, leg, before) >= seconds for journal in self.journals.values())

    def rejected(self) -> set[str]:
        """Whose registration was refused."""
        return {
            code
            for code, journal in self.journals.items()
            for entry in journal
            if (entry["leg"], entry["data"].get("state")) == ("civil_status", "refused")
        }

    def _entries(self, kind: str) -> Iterator[dict[str, Any]]:
        return (entry for journal in self.journals.values() for entry in journal if entry["kind"] == kind)


def _spent(journal: Entries, leg: str, before: str) -> float:
    at = {
        entry["data"]["state"]: datetime.fromisoformat(entry["at"])
        for entry in journal
        if entry["kind"] == "leg_changed" and entry["leg"] == leg
    }
    return (at["granted"] - at[before]).total_seconds() if {"granted", before} <= at.keys() else 0.0


def closed(view: View) -> bool:
    return Stage(view["stage"]).closed


def parked(view: View) -> bool:
    return bool(view["incidents"])


def state(view: View, kind: str) -> str:
    return next(leg["state"] for leg in view["legs"] if leg["kind"] == kind)


@dataclass(frozen=True)
class Trial:
    """One fault, or several.

    `small`, `full`: the settings by agency. `met`: how often dossiers met it. `halts`: what a dossier comes to while
    it lasts. `incidents`, `refused`: what may open, which legs may end refused. `outage_s`: agencies are away besides,
    one after the other, for so long each.
    """

    small: Settings
    full: Settings
    met: Callable[[Findings], int]
    halts: Callable[[View], bool] = closed
    incidents: Collection[str] = ()
    refused: Collection[str] = ()
    births: int = 2
    outage_s: float = 0.0


def on(agencies: Iterable[str], **setting: object) -> dict[str, dict[str, object]]:
    return {agency: {"seed": SEED, **setting} for agency in agencies}


NUMBER_AT_ONCE = on(["population"], pending_rate=0.0)
"""Small trials of something else do not wait for the number."""
LATE = {"pending_rate": 1.0, "answer_delay_s": [0.2, 0.5]}


def _failed(findings: Findings) -> int:
    return findings.failures["AgencyUnavailable"]


def _unreadable(findings: Findings) -> int:
    return findings.opened()["answer-unreadable"]


def _refused(findings: Findings) -> int:
    """As often as the rarest of all refusals."""
    legs = (findings.moved("refused", leg) for leg in ("civil_status", "residence", "health_card"))
    return min(findings.opened()["personal-id-refused"], *legs)


def _decided(view: View) -> bool:
    later = {state(view, "residence"), state(view, "health_card")}
    return closed(view) or state(view, "personal_id") == "parked" or later <= {"granted", "refused"}


def _doubted(view: View) -> bool:
    return {state(view, "residence"), state(view, "health_card")} == {"parked"}


_SOMETIMES = {"latency_ms": [0, 200], "error_rate": 0.15, "lost_response_rate": 0.15}
_BADLY = {**_SOMETIMES, "malformed_rate": 0.15}
_EVERYTHING = {
    **_BADLY,
    "pending_rate": 0.4,
    "answer_delay_s": [0.3, 2.5],
    "callback_drop_rate": 0.3,
    "callback_duplicate_rate": 0.3,
    "refuse_rate": 0.1,
    "suspect_duplicate_rate": 0.1,
}
TOGETHER = {
    **on((*LEGS, "vneid"), **_EVERYTHING),
    **on(("health-facility", *PARTNERS), **_BADLY),  # a status that is refused once stays refused under its key
    **on(["signing"], **_SOMETIMES),
}

TRIALS: dict[str, Trial] = {
    "down": Trial(
        small={**NUMBER_AT_ONCE, **on(["civil-status", "one-stop"], down=True)},
        full=on(EVERY, down=True),
        met=_failed,
        halts=lambda view: state(view, "civil_status") == "sent",
    ),
    "latency": Trial(
        small={**on(EVERY, latency_ms=[50, 150]), **on(["population"], latency_ms=[50, 150], pending_rate=0.0)},
        full=on(EVERY, latency_ms=[300, 2000]),
        met=lambda findings: findings.took("civil_status", "sent", 0.05),
    ),
    "errors": Trial(
        small={
            **on([*LEGS, "one-stop"], error_rate=0.4, seed=FAILING),
            **on(["population"], error_rate=0.4, seed=FAILING, pending_rate=0.0),
        },
        full=on(EVERY, error_rate=0.4),
        met=_failed,
    ),
    "lost answers": Trial(
        small={
            **on([*LEGS, "one-stop"], lost_response_rate=0.4, seed=LOSING),
            **on(["population"], lost_response_rate=0.4, seed=LOSING, pending_rate=0.0),
        },
        full=on(EVERY, lost_response_rate=0.4),
        met=_failed,
    ),
    "malformed": Trial(
        small={**NUMBER_AT_ONCE, **on(["civil-status"], malformed_rate=1.0)},
        full=on(READ, malformed_rate=0.6),
        met=_unreadable,
        halts=parked,
        incidents={"answer-unreadable"},
    ),
    "pending": Trial(
        small=on([*LEGS, *RECEIVERS], **LATE),
        full=on([*LEGS, *RECEIVERS], pending_rate=1.0, answer_delay_s=[1, 3]),
        met=lambda findings: findings.moved("pending", "civil_status", "residence", "health_card"),
    ),
    "late answers": Trial(
        small=on(["population"], answer_delay_s=[3.0, 3.5]),  # counted from the request, which is noted some time later
        full=on(["population"], answer_delay_s=[8, 14]),  # on both sides of the time that the certificate waits
        met=lambda findings: findings.took("personal_id", "pending", 2.0),
    ),
    "dropped callbacks": Trial(
        small=on(["population"], **LATE, callback_drop_rate=1.0),
        full=on([*LEGS, *RECEIVERS], **LATE, callback_drop_rate=1.0),
        met=lambda findings: findings.took("personal_id", "pending", 1.9),  # the first enquiry comes after 2 s
    ),
    "doubled callbacks": Trial(
        small=on([*LEGS, *RECEIVERS], **LATE, callback_duplicate_rate=1.0),
        full=on([*LEGS, *RECEIVERS], **LATE, callback_duplicate_rate=1.0),
        met=lambda findings: findings.moved("pending"),
    ),
    "refusals": Trial(
        small=on(LEGS, refuse_rate=0.5, seed=REFUSING, pending_rate=0.0),
        full=on([*LEGS, "vneid"], refuse_rate=0.5),
        met=_refused,
        halts=_decided,
        incidents={"personal-id-refused", "hand-over-refused"},
        refused={"civil_status", "residence", "health_card"},
        births=4,
    ),
    "suspected duplicates": Trial(
        small={**NUMBER_AT_ONCE, **on(["residence", "social-insurance"], suspect_duplicate_rate=1.0)},
        full=on([*LEGS, *RECEIVERS], suspect_duplicate_rate=0.7),
        met=lambda findings: findings.opened()["suspected-duplicate"],
        halts=_doubted,
        incidents={"suspected-duplicate"},
    ),
    "all together": Trial(
        small={agency: TOGETHER[agency] for agency in (*LEGS, *RECEIVERS)},
        full=TOGETHER,
        met=_failed,
        halts=lambda view: closed(view) or parked(view) or state(view, "personal_id") in {"pending", "granted"},
        incidents={"answer-unreadable", "suspected-duplicate", "personal-id-refused", "hand-over-refused"},
        refused={"civil_status", "residence", "health_card"},
        births=6,
        outage_s=0.5,
    ),
}
