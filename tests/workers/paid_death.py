"""A death whose funeral was paid before a decree that reaches back was in force, in a database of one's own."""

from datetime import UTC, date, datetime
from typing import Any

from contracts.benefit_steps import Claim, ClaimOutcome, ClaimState
from contracts.benefits import Benefit, Payer
from contracts.death import DeathFiling
from contracts.dossier import (
    DocumentKind,
    DocumentState,
    DocumentView,
    DossierState,
    Group,
    LegKind,
    LegState,
    LegView,
    Stage,
)
from contracts.followups import DifferenceOpening, ReversalOpening
from contracts.journal import EventKind
from contracts.tasks import Opening
from orchestrator import OutcomeUnknown
from policy.benefit_law import BenefitLaw
from records.database import Database
from records.edge import Claim as Filed
from records.edge import Claims
from records.journal import JournalStore
from records.keys import StoredKeys
from records.queries import Queries
from records.registers import ClaimRegister
from tests.policy.deaths import BENEFITS, FUNERAL_TOO
from tests.records.samples import NOW, a_death, a_state, a_turn, claimed, entry
from workers.arrears import START, Arrears, Found, Place
from workers.differences import Differences

BEFORE, AFTER = datetime(2026, 10, 4, tzinfo=UTC), datetime(2026, 10, 6, tzinfo=UTC)
"""Of Decree 335/2026, which raises from July on what funerals are paid by."""
DECIDED_ON, PAID_ON = date(2026, 8, 3), date(2026, 8, 10)
OLD, NEW = 10_000_000, 10_800_000
DECEASED = "004041000123"
PAYING_OFFICE = "01273"


def a_paid_filing(categories: tuple[str, ...] = ("social_protection",), **benefits: Any) -> DeathFiling:
    told = BENEFITS | {"categories": list(categories), "insurance": None} | benefits
    told["burial"] = {"buried_on": "2026-07-12", "place": "Nghĩa trang nhân dân"}
    notice = {"number": "12/GBT-2026", "issued_on": "2026-07-10", "issuer": "Bệnh viện Đa khoa tỉnh"}
    return a_death(died_at="2026-07-10", death_notice=notice, procedures=FUNERAL_TOO, benefits=told)


class Engine:
    """Starts what it is told to, while it is there."""

    def __init__(self) -> None:
        self.opened: list[Opening] = []
        self.away = False

    async def open(self, opening: Opening, request: str) -> None:
        if self.away:
            raise OutcomeUnknown("the engine is away")
        self.opened.append(opening)


class House:
    """The rooms, and a clock that tests set."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self.database, self.keys = database, keys
        self.claims, self.queries = Claims(database, keys), Queries(database, keys)
        self.register, self.journal = ClaimRegister(database, keys), JournalStore(database, keys)
        self.engine, self.time, self.law = Engine(), AFTER, BenefitLaw()
        self._turns = 0

    @property
    def arrears(self) -> Arrears:
        return Arrears(self.law, self.register, self.claims, self.queries, lambda: self.time)

    @property
    def differences(self) -> Differences:
        return Differences(self.arrears, self.claims, self.engine, lambda: self.time)

    async def found(self) -> list[Found]:
        found: list[Found] = []
        place: Place | None = START
        while place is not None:
            page, place = await self.arrears.page(place)
            found += page
        return found

    async def paid_death(
        self, filing: DeathFiling | None = None, kind: Benefit = LegKind.FUNERAL, payer: Payer = Payer.SOCIAL_PROTECTION
    ) -> Filed:
        """Registered, its extract signed, its benefit decided and paid."""
        filing = filing or a_paid_filing()
        first = await claimed(self.database, self.keys, filing=filing)
        await self.show(a_paid_state(first.code, kind), filing)
        await self.pay(Claim(dossier=first.code, kind=kind, payer=payer, deceased=DECEASED), OLD)
        return first

    async def show(self, state: DossierState, filing: DeathFiling) -> None:
        self._turns += 1
        await self.journal.write(a_turn(state.code, entry(self._turns, EventKind.FILED), state=state, filing=filing))

    async def pay(self, claim: Claim, amount: int, on: date = PAID_ON) -> None:
        await self.register.reserve(claim)
        decided = ClaimOutcome(claim=claim, state=ClaimState.DECIDED, amount=amount, on=min(on, DECIDED_ON))
        for outcome in (decided, decided.model_copy(update={"state": ClaimState.PAID, "on": on})):
            await self.register.settle(outcome)

    async def follow(self, opening: Opening, stage: Stage, leg: LegKind = LegKind.FUNERAL) -> None:
        """A dossier that was opened here gets as far as this stage."""
        assert isinstance(opening, DifferenceOpening | ReversalOpening)
        state = a_paid_state(opening.code, leg, stage=stage, follows=opening.follows)
        await self.show(state, opening.filing)


def a_paid_state(code: str, kind: LegKind = LegKind.FUNERAL, **changes: Any) -> DossierState:
    extract = DocumentView(
        id=f"{code}.extract",
        kind=DocumentKind.DEATH_EXTRACT,
        version=1,
        sha256="1" * 64,
        signed=True,
        state=DocumentState.PUBLISHED,
    )
    legs = (LegView(kind=kind, agency="labour", state=LegState.GRANTED, office=PAYING_OFFICE),)
    fields = {"stage": Stage.RETURNED, "documents": (extract,), "legs": legs} | changes
    return a_state(code, group=Group.DEATH, filed_at=NOW, **fields)
