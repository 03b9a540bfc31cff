"""What raises that reach back make due on benefits that were paid before they were known (domain.md D.1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

from pydantic import ValidationError

from contracts.agencies import CertificateRef
from contracts.base import Code, DossierCode, Office, PersonalId
from contracts.benefit_steps import ClaimState
from contracts.benefits import Benefit, DecisionNeeded, Difference, DifferenceQuestion, Paid
from contracts.dossier import DocumentKind, DocumentState, DossierState, LegKind
from contracts.tasks import DeathOpening
from policy.benefit_law import BenefitLaw
from policy.benefits import entitlements
from policy.dated import NotInForce
from records.edge import Claims, Purpose
from records.keys import KeyUnknown
from records.queries import Queries
from records.registers import ClaimEntry, ClaimRegister
from workers.rooms import Rooms

PAGE = 50
"""So many dossiers are looked at in one go."""
LOOKED_AT = frozenset({LegKind.FUNERAL, LegKind.ONE_OFF})
"""What a payer works out by itself, survivors' benefits, it also tops up by itself (domain.md D.5)."""


@dataclass(frozen=True)
class Due:
    """Still due to a deceased's family, and by which dossier it was paid so far."""

    first: DeathOpening
    state: DossierState
    difference: Difference
    deceased: PersonalId
    extract: CertificateRef

    @property
    def kind(self) -> Benefit:
        """Which benefit."""
        return self.difference.award.kind

    @property
    def in_all(self) -> int:
        """What is due with what was paid, in đồng."""
        return self.difference.award.amount or 0

    @property
    def office(self) -> Office:
        """Where it was decided: the commune that the law sent the leg to."""
        leg = next((leg for leg in self.state.legs if leg.kind is self.kind), None)
        return (leg.office if leg else None) or self.state.office

    @property
    def key(self) -> str:
        """Under which it is claimed once, whoever looks and however often."""
        return f"{self.first.code}/{self.kind}/{self.in_all}"


ALLOWANCE_UNKNOWN = "allowance-unknown"
"""Only the merit agency knows by how much the raise changed what was received a month."""


@dataclass(frozen=True)
class Undecided:
    """The raise alone does not tell what is due: a person decides. `why` names what is open."""

    code: DossierCode
    kind: Benefit
    why: Code


@dataclass(frozen=True)
class Unread:
    """A dossier that could not be looked at; `trouble` is a name, never its text."""

    code: DossierCode
    kind: Benefit
    trouble: str


Found: TypeAlias = Due | Undecided | Unread


class Place(NamedTuple):
    """How far one has looked: behind which raise, and after which dossier."""

    span: int = 0
    after: str | None = None


START = Place()


def wall_clock() -> datetime:
    """Now, UTC."""
    return datetime.now(UTC)


class Arrears:
    """Reads the claim register a page at a time; changes nothing."""

    def __init__(
        self, law: BenefitLaw, register: ClaimRegister, claims: Claims, queries: Queries, now: Callable[[], datetime]
    ) -> None:
        self._law = law
        self._register = register
        self._claims = claims
        self._queries = queries
        self._now = now

    @classmethod
    def of(cls, rooms: Rooms, now: Callable[[], datetime] = wall_clock) -> "Arrears":
        """In a process's rooms."""
        register = ClaimRegister(rooms.database, rooms.keys)
        return cls(BenefitLaw(), register, rooms.claims(), rooms.queries(), now)

    async def page(self, place: Place) -> tuple[Sequence[Found], Place | None]:
        """What is due on the paid claims of a few dossiers, and where to go on; none at the end."""
        spans = self._law.reached_back(self._now())
        if place.span >= len(spans):
            return (), None
        first, end = spans[place.span]
        page = await self._register.paid(decided_from=first, decided_before=end, after=place.after, limit=PAGE)
        found = [await self._read(entry) for entry in page.items if not entry.part and entry.kind in LOOKED_AT]
        following = Place(place.span, page.next) if page.next else Place(place.span + 1)
        return [each for each in found if each is not None], following

    async def _read(self, entry: ClaimEntry) -> Found | None:
        assert entry.dossier is not None, "paid within linked dossiers"  # noqa: S101
        try:
            return await self._look(entry, entry.dossier)
        except (KeyUnknown, NotInForce, ValidationError) as err:  # erased, or not readable: it holds no other
            return Unread(entry.dossier, entry.kind, type(err).__name__)

    async def _look(self, entry: ClaimEntry, code: str) -> Due | Undecided | None:
        opening, state = await self._claims.opening(code), await self._queries.view(code, self._now())
        if not isinstance(opening, DeathOpening) or state is None:
            return None
        deceased = opening.filing.declaration.deceased.personal_id
        extract = _extract(state)
        if deceased is None or extract is None or await self._under_way(opening, state, entry.kind):
            return None
        found = await self._difference(entry, opening, deceased)
        if not isinstance(found, Difference):
            return Undecided(code, entry.kind, found) if found else None
        due = Due(opening, state, found, deceased, extract)
        opened = await self._claims.known(opening.client, due.key, Purpose.DIFFERENCE)
        return None if opened else due

    async def _under_way(self, first: DeathOpening, state: DossierState, kind: Benefit) -> bool:
        """Whether the death is being reversed, or an earlier difference is still being paid."""
        if await self._claims.known(first.client, first.code, Purpose.REVERSAL):
            return True
        for code in state.followed_by:
            follower = await self._queries.view(code, self._now())
            if follower and not follower.stage.closed and any(leg.kind is kind for leg in follower.legs):
                return True
        return False

    async def _difference(
        self, entry: ClaimEntry, first: DeathOpening, deceased: PersonalId
    ) -> Difference | str | None:
        """What is due, or why that is open."""
        declaration = first.filing.declaration
        entitled = entitlements(declaration, first.province)
        decided_on = entry.decided_on or entry.paid_on
        claims = await self._standing(entry, deceased)
        if entitled is None or decided_on is None or any(each.state is not ClaimState.PAID for each in claims):
            return None
        so_far = sum(each.amount or 0 for each in claims)
        paid = Paid(kind=entry.kind, payer=entry.payer, amount=so_far, decided_on=decided_on)
        died_on, known_at = declaration.died_on, self._now()
        answer = self._law.difference(
            DifferenceQuestion(paid=paid, deceased=entitled, died_on=died_on, known_at=known_at)
        )
        if isinstance(answer, DecisionNeeded):
            return answer.why
        asked = entry.kind is LegKind.ONE_OFF and len(claims) == 1 and self._law.raised(paid, died_on, known_at)
        return answer or (ALLOWANCE_UNKNOWN if asked else None)

    async def _standing(self, entry: ClaimEntry, deceased: PersonalId) -> list[ClaimEntry]:
        """The claim and the differences on it that were not taken back."""
        return [
            each
            for each in await self._register.of_deceased(deceased)
            if (each.kind, each.payer) == (entry.kind, entry.payer) and each.state is not ClaimState.RECOVERED
        ]


def _extract(state: DossierState) -> CertificateRef | None:
    """The newest published extract: a benefit is decided on it."""
    extracts = [each for each in state.documents if each.kind is DocumentKind.DEATH_EXTRACT]
    published = [each for each in extracts if each.state in {DocumentState.PUBLISHED, DocumentState.SUPERSEDED}]
    newest = max(published, key=lambda each: each.version, default=None)
    return CertificateRef(document=newest.id, version=newest.version, sha256=newest.sha256) if newest else None
