"""What must be true of dossiers that have ended, judged from what people and agencies say of them; no HTTP here.

The rules stand here a second time, on purpose: nothing is imported that the product itself decides by.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

View = dict[str, Any]
Entries = list[dict[str, Any]]
Row = dict[str, Any]

EFFECT_OF = {
    "civil_status": ("civil-status", "register"),
    "personal_id": ("population", "issue_id"),
    "residence": ("residence", "register_residence"),
    "health_card": ("social-insurance", "issue_card"),
}
"""Whose effect stands behind a granted leg."""
TELLING = {"one-stop": "status", "national-portal": "status", "notification": "notice"}
"""Which rows are told to whom through the outbox."""
UNDER_WAY = {"sent", "pending", "granted"}
ENDED = {"granted", "refused", "not_applicable", "withdrawn"}
ONE_STOP = {
    "filed": 1,
    "supplement_requested": 2,
    "accepted": 3,
    "registration": 7,
    "certificate": 4,
    "returned": 5,
    "rejected": 6,
    "withdrawn": 6,
    "stopped": 6,
}
PORTAL = {
    "filed": 1,
    "supplement_requested": 5,
    "accepted": 2,
    "registration": 4,
    "done": 9,
    "returned": 10,
    "withdrawn": 7,
    "stopped": 8,
}
NOTICES = {"law_read", "supplement_requested", "rejected", "document_published", "returned"}


@dataclass(frozen=True)
class Evidence:
    """Views and journals of some dossiers, and whole ledgers by agency."""

    views: Mapping[str, View]
    journals: Mapping[str, Entries]
    ledgers: Mapping[str, list[Row]]

    @cached_property
    def rows(self) -> dict[str, list[tuple[str, Row]]]:
        """What each dossier brought about, with the agency where it did."""
        found = defaultdict(list)
        for agency, ledger in self.ledgers.items():
            for row in ledger:
                found[row["dossier"]].append((agency, row))
        return found

    def told(self, code: str, partner: str) -> list[Row]:
        """The statuses or notices that a partner has taken, in the order in which it took them."""
        effect = TELLING[partner]
        return [row for agency, row in self.rows.get(code, []) if (agency, row["effect"]) == (partner, effect)]

    def untold(self) -> list[str]:
        """What the journals say and partners have not heard yet."""
        found = []
        for code, journal in self.journals.items():
            for partner, wanted in due(journal).items():
                missing = wanted - len(self.told(code, partner))
                if missing > 0:
                    found.append(f"{code}: {missing} of {wanted} not told to {partner}")
        return found


# ---- what a journal means to partners (domain.md B.6)


def moves(journal: Entries) -> list[str]:
    """The journal in the words that partners' statuses are made of; each word of progress once."""
    found: list[str] = []
    for entry in journal:
        word = entry["kind"]
        if word == "leg_changed":
            under_way = entry["leg"] == "civil_status" and entry["data"]["state"] in UNDER_WAY
            word = "registration" if under_way else ""
        elif word == "document_published":
            word = "certificate"
        if word and not (word in {"registration", "certificate"} and word in found):
            found.append(word)
    return found


Told = list[tuple[int, int]]
"""A partner's codes, each with its number among the dossier's messages to that partner."""


def one_stop_statuses(journal: Entries) -> Told:
    """Order 1→3→7→4→5, with 2 and 6 as exits; the code where a dossier already stands has no effect there."""
    told = list(enumerate((ONE_STOP[word] for word in moves(journal) if word in ONE_STOP), 1))
    return [each for each, before in zip(told, [(0, 0), *told], strict=False) if each[1] != before[1]]


def portal_statuses(journal: Entries) -> Told:
    """Order 1→2→4→9→10; a rejection is another one before the acceptance (3) than after it (8)."""
    words = moves(journal)
    known = {**PORTAL, "rejected": 8 if "accepted" in words else 3}
    return list(enumerate((known[word] for word in words if word in known), 1))


def notices(journal: Entries) -> int:
    """How often the applicant is written to."""
    count, published = 0, False
    for entry in journal:
        state = entry["data"].get("state") if entry["kind"] == "leg_changed" else None
        refused = state == "refused" and entry["leg"] != "civil_status"
        arrived = state == "granted" and entry["leg"] == "personal_id" and published
        count += entry["kind"] in NOTICES or refused or arrived
        published = published or entry["kind"] == "document_published"
    return count


def due(journal: Entries) -> dict[str, int]:
    """How much each partner is to be told in all."""
    return {
        "one-stop": len(one_stop_statuses(journal)),
        "national-portal": len(portal_statuses(journal)),
        "notification": notices(journal),
    }


# ---- what is wrong


def troubles(evidence: Evidence, stages: Mapping[str, str], may_refuse: Collection[str] = ()) -> list[str]:
    """Everything that should be otherwise, named; `may_refuse`: legs that an agency may have refused."""
    found = list(_repeated_keys(evidence.ledgers))
    for code, view in evidence.views.items():
        journal, rows = evidence.journals[code], evidence.rows.get(code, [])
        said = [
            *_not_ended(view, stages.get(code, "returned"), may_refuse),
            *_journal_differs(view, journal),
            *_wrong_effects(view, rows),
            *_wrong_hand_overs(view, journal, rows),
            *_wrongly_told(evidence, code, journal),
            *(
                f"{agency} has a foreign key {row['idempotency_key']}"
                for agency, row in rows
                if not _own_key(code, row)
            ),
        ]
        found += [f"{code}: {each}" for each in said]
    return found


def _repeated_keys(ledgers: Mapping[str, list[Row]]) -> Iterable[str]:
    for agency, ledger in ledgers.items():
        counted = Counter((row["effect"], row["idempotency_key"]) for row in ledger)
        yield from (f"{agency} did {each} {times} times" for each, times in counted.items() if times > 1)


def _not_ended(view: View, stage: str, may_refuse: Collection[str]) -> Iterable[str]:
    if view["stage"] != stage:
        yield f"stage {view['stage']}, not {stage}"
    if view["incidents"]:
        yield f"open incidents {[each['code'] for each in view['incidents']]}"
    open_tasks = [task["id"] for task in view["tasks"] if task["state"] not in {"done", "cancelled"}]
    if open_tasks:
        yield f"open tasks {open_tasks}"
    for leg in view["legs"]:
        allowed = {"granted"} if stage == "returned" else ENDED
        if leg["kind"] in may_refuse:
            allowed = allowed | {"refused"}
        if leg["state"] not in allowed:
            yield f"leg {leg['kind']} is {leg['state']}"
        if leg["state"] == "refused" and not leg["reason"]:
            yield f"leg {leg['kind']} was refused without a reason"


def _journal_differs(view: View, journal: Entries) -> Iterable[str]:
    if [entry["seq"] for entry in journal] != list(range(1, len(journal) + 1)):
        yield f"the journal has gaps: {[entry['seq'] for entry in journal]}"
    told = {entry["leg"]: entry["data"]["state"] for entry in journal if entry["kind"] == "leg_changed"}
    for leg in view["legs"]:
        if told.get(leg["kind"], "waiting") != leg["state"]:
            yield f"leg {leg['kind']} is {leg['state']}, the journal says {told.get(leg['kind'])}"
    if journal and journal[-1]["kind"] != view["stage"]:
        yield f"the journal ends with {journal[-1]['kind']}, the stage is {view['stage']}"


def _wrong_effects(view: View, rows: list[tuple[str, Row]]) -> Iterable[str]:
    """One effect, with our result, behind each granted leg; none behind any other."""
    wanted = {EFFECT_OF[leg["kind"]]: leg["result"] for leg in view["legs"] if leg["state"] == "granted"}
    done = Counter(
        (agency, row["effect"]) for agency, row in rows if row["effect"] not in {"hand_over", "status", "notice"}
    )
    for place in wanted.keys() | done.keys():
        if done[place] != (place in wanted):
            yield f"{place} was done {done[place]} times, not {int(place in wanted)}"
    for agency, row in rows:
        result = wanted.get((agency, row["effect"]))
        if result is not None and result != row["result"]:
            yield f"{agency} says {row['result']}, the dossier {result}"


def _wrong_hand_overs(view: View, journal: Entries, rows: list[tuple[str, Row]]) -> Iterable[str]:
    took = Counter(_part(row) for _, row in rows if row["effect"] == "hand_over")
    told = Counter(_handed(entry["data"]) for entry in journal if entry["kind"] == "handed_over")
    if took != told:
        yield f"handed over by the ledgers {dict(took)}, by the journal {dict(told)}"
    if view["stage"] == "returned" and took != Counter(_to_be_handed(view)):
        yield f"handed over {dict(took)}, not {_to_be_handed(view)}"


def _part(row: Row) -> str:
    """The key's part: what was handed over, and to whom."""
    return str(row["idempotency_key"].split(":")[-2])


def _handed(data: dict[str, Any]) -> str:
    what = "results" if data["document"] == "results" else f"birth_certificate-{data['version']}"
    return f"{what}-{data['receiver']}"


def _to_be_handed(view: View) -> list[str]:
    """Each version to wallet and one-stop; a later one also to those who got the first."""
    holders = [leg["agency"] for leg in view["legs"] if leg["kind"] in {"residence", "health_card"}]
    found = ["results-vneid"]
    for document in view["documents"]:
        later = holders if document["version"] > 1 else []
        found += [f"birth_certificate-{document['version']}-{to}" for to in ("vneid", "one-stop", *later)]
    return found


def _wrongly_told(evidence: Evidence, code: str, journal: Entries) -> Iterable[str]:
    wanted = {"one-stop": one_stop_statuses(journal), "national-portal": portal_statuses(journal)}
    for partner, statuses in wanted.items():
        told = [(_number(row), row["result"]["status"]) for row in evidence.told(code, partner)]
        if told != statuses:
            yield f"{partner} was told {told}, the journal means {statuses}"
    numbers = [_number(row) for row in evidence.told(code, "notification")]
    if numbers != list(range(1, notices(journal) + 1)):
        yield f"the applicant was told {numbers}, not 1 to {notices(journal)}"


def _number(row: Row) -> int:
    return int(row["idempotency_key"].rsplit(":", 1)[1])


def _own_key(code: str, row: Row) -> bool:
    return bool(row["idempotency_key"].startswith(f"{code}:"))
