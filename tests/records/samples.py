"""Families, their filings, and the turns of their dossiers."""

import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.base import Message
from contracts.birth import BirthFiling, PaperRef
from contracts.death import DeathFiling
from contracts.dossier import Channel, DossierState, Group, LegKind, LegState, LegView, Stage, TaskKind, TaskView
from contracts.filings import Filing
from contracts.followups import DifferenceOpening, ReversalOpening
from contracts.journal import Entry, EventKind, JournalWrite
from contracts.tasks import OPENINGS, BirthOpening, DeathOpening
from records.database import Database
from records.edge import Claim, Claims, Upload
from records.keys import StoredKeys
from tests.policy.deaths import ALL_FOUR, BENEFITS, DECLARATION, SURVIVOR

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
OFFICE = "00070"
CLIENT = "portal"
CHILD = "Đặng Thị Hòa Bình"
MOTHER_ID, FATHER_ID = "001190000001", "001088000002"


def a_filing(
    *, name: tuple[str, str, str] = ("Đặng", "Thị Hòa", "Bình"), notice: str = "00001.GCS.01001.26"
) -> BirthFiling:
    place = {"province": "01", "ward": OFFICE, "detail": "Số 1 phố Huế"}
    parent = {"ethnicity": "Kinh", "nationality": "VN", "residence": place}
    child = {
        "surname": name[0],
        "middle_name": name[1],
        "given_name": name[2],
        "sex": "female",
        "born_on": "2026-11-20",
        "place_of_birth": place,
        "hometown": {"province": "01", "detail": "Hà Nội"},
        "ethnicity": "Kinh",
        "nationality": "VN",
    }
    return BirthFiling.model_validate(
        {
            "applicant": {
                "full_name": "Trần Thị Ngọc Ánh",
                "personal_id": MOTHER_ID,
                "relation": "mother",
                "phone": "0912345678",
            },
            "declaration": {
                "case": "both_parents",
                "birth_notice": {"code": notice, "issued_on": "2026-11-20"},
                "child": child,
                "mother": {"full_name": "Trần Thị Ngọc Ánh", "born_on": "1990", "personal_id": MOTHER_ID, **parent},
                "father": {"full_name": "Đặng Quốc Ân", "born_on": "1988", "personal_id": FATHER_ID, **parent},
                "residence": {
                    "case": "parents_own",
                    "place": place,
                    "household_head": {"full_name": "Đặng Quốc Ân", "personal_id": FATHER_ID, "relation": "Con"},
                    "consent": "not_needed",
                },
                "health_insurance": {"facility": "01001"},
                "undertaking": True,
            },
        }
    )


def a_death(*, deceased: dict[str, Any] | None = None, **changes: Any) -> DeathFiling:
    """All four procedures; `deceased` and `changes` replace fields of the person and of the declaration."""
    declaration = DECLARATION | {"procedures": ALL_FOUR, "benefits": BENEFITS | {"survivors": [SURVIVOR]}} | changes
    person = DECLARATION["deceased"] | (deceased or {})  # type: ignore[operator]  # a dict of dicts and texts
    if person["personal_id"] is None:
        declaration |= {"procedures": ALL_FOUR[:2], "benefits": None}
    return DeathFiling.model_validate(
        {
            "applicant": {
                "full_name": "Trần Quốc Khánh",
                "personal_id": "004072000777",
                "relation": "child",
                "phone": "0987654321",
            },
            "declaration": declaration | {"deceased": person},
        }
    )


def body_of(filing: Message) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(filing.model_dump_json())
    return content


def opening_of(filing: Filing, *, office: str = OFFICE, client: str = CLIENT, filed_at: datetime = NOW) -> Any:
    group = group_of(filing)

    def opening(code: str, papers: tuple[PaperRef, ...]) -> BirthOpening | DeathOpening:
        return OPENINGS[group].model_validate(
            {
                "code": code,
                "group": group,
                "client": client,
                "channel": Channel.ONLINE,
                "office": office,
                "province": "01",
                "filed_at": filed_at,
                "filing": filing.model_copy(update={"papers": papers}),
            }
        )

    return opening


def a_reversal(first: Claim) -> Any:
    """How what the first dossier has set off is taken back."""
    effect = {
        "leg": "death_registration",
        "agency": "civil-status",
        "office": OFFICE,
        "done": [{"key": f"{first.code}:register_death:1"}],
    }
    order = {"number": "15/QĐ-UBND", "issued_on": "2026-11-23", "issuer": "Ủy ban nhân dân", "reason": "Còn sống"}
    return _following(ReversalOpening, first, order=order, effects=[effect])


def a_difference(first: Claim) -> Any:
    """What a raise made due on the funeral that the first dossier paid."""
    funeral = {"kind": "funeral", "payer": "social_protection"}
    award = funeral | {"amount": 10_800_000, "articles": [], "verified": True, "agency": "labour"}
    extract = {"document": "extract.v1", "version": 1, "sha256": "0" * 64}
    claim = funeral | {"dossier": first.code, "deceased": "004041000123", "part": "to-10800000"}
    return _following(
        DifferenceOpening, first, award=award, amount=800_000, claim=claim, office="01273", certificate=extract
    )


def _following(kind: type[ReversalOpening] | type[DifferenceOpening], first: Claim, **fields: Any) -> Any:
    told = first.opening.model_dump() | {"channel": Channel.OFFICE, "follows": first.code} | fields
    return lambda code, _: kind.model_validate(told | {"code": code})


def group_of(filing: Filing) -> Group:
    return Group.DEATH if isinstance(filing, DeathFiling) else Group.BIRTH


async def claimed(
    database: Database,
    keys: StoredKeys,
    *,
    key: str | None = None,
    filing: Filing | None = None,
    uploads: Sequence[Upload] = (),
    **of: Any,
) -> Claim:
    filing = filing or a_filing()
    return await Claims(database, keys).claim(
        client=of.get("client", CLIENT),
        key=key or secrets.token_hex(8),
        group=group_of(filing),
        office=of.get("office", OFFICE),
        filed_at=of.get("filed_at", NOW),
        body=body_of(filing),
        uploads=uploads,
        opening=opening_of(filing, **of),
    )


def entry(seq: int, kind: EventKind, leg: LegKind | None = None, **data: Any) -> Entry:
    return Entry(seq=seq, at=NOW + timedelta(minutes=seq), kind=kind, leg=leg, actor="clerk-1", data=data)


def leg_moved(seq: int, leg: LegKind, state: LegState) -> Entry:
    return entry(seq, EventKind.LEG_CHANGED, leg, state=state)


def a_state(code: str, stage: Stage = Stage.IN_PROGRESS, **changes: Any) -> DossierState:
    due = changes.pop("due_at", NOW + timedelta(days=3))
    legs = tuple(
        LegView(kind=kind, agency="x", due_at=due)
        for kind in (LegKind.CIVIL_STATUS, LegKind.PERSONAL_ID, LegKind.RESIDENCE, LegKind.HEALTH_CARD)
    )
    fields: dict[str, Any] = {
        "code": code,
        "group": Group.BIRTH,
        "stage": stage,
        "channel": Channel.ONLINE,
        "office": OFFICE,
        "filed_at": NOW,
        "promised_at": NOW + timedelta(days=5),
        "legs": legs,
    }
    return DossierState(**fields | changes)


def a_task(code: str, number: int = 1, *, office: str = OFFICE, due_at: datetime = NOW, **changes: Any) -> TaskView:
    fields: dict[str, Any] = {
        "id": f"{code}.review.{number}",
        "kind": TaskKind.REVIEW,
        "office": office,
        "due_at": due_at,
        "opened_at": NOW,
    }
    return TaskView(**fields | changes)


def a_turn(code: str, *entries: Entry, state: DossierState | None = None, **changes: Any) -> JournalWrite:
    fields: dict[str, Any] = {
        "dossier": code,
        "epoch": "run-1",
        "client": CLIENT,
        "entries": entries,
        "state": state or a_state(code),
    }
    return JournalWrite(**fields | changes)
