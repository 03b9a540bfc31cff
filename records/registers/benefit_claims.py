"""Which payer has the claim on a benefit after a death: each is paid once, by one payer, whoever asks."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Delete, Row, Select, Update, and_, bindparam, delete, func, select, update

from contracts.base import Day, DossierCode, Instant, Message, PersonalId, Vnd
from contracts.benefit_steps import Claim, ClaimHeld, ClaimOutcome, ClaimState
from contracts.benefits import Benefit, Payer
from contracts.dossier import LegKind
from records.database import Database
from records.keys import StoredKeys
from records.paging import Page
from records.statements import inserted
from records.tables.base import core
from records.tables.benefits import BenefitClaim

_TABLE = core(BenefitClaim)
_PAID, _RECOVERED = ClaimState.PAID.value, ClaimState.RECOVERED.value
_STANDING = select(_TABLE).where(_TABLE.c.hash == bindparam("hash_")).with_for_update()
_OURS = and_(
    _TABLE.c.hash == bindparam("hash_"),
    _TABLE.c.dossier == bindparam("dossier_"),
    _TABLE.c.payer == bindparam("payer_"),
)
_HELD = select(_TABLE.c.hash).where(_OURS, _TABLE.c.state != _RECOVERED)
_OPEN = and_(_OURS, _TABLE.c.state.not_in([_PAID, _RECOVERED]))
_LET_GO = delete(_TABLE).where(_OPEN)
_LET_ALL_GO = delete(_TABLE).where(
    _TABLE.c.dossier == bindparam("dossier_"),
    _TABLE.c.kind.in_(bindparam("kinds", expanding=True)),
    _TABLE.c.state.not_in([_PAID, _RECOVERED]),
)
_OF_DECEASED = select(_TABLE).where(_TABLE.c.deceased == bindparam("deceased_"))
_OF_DOSSIER = select(_TABLE).where(_TABLE.c.dossier == bindparam("dossier_"))
_NOTHING_YET: dict[str, Any] = {"amount": None, "decided_on": None, "paid_on": None}


class ClaimEntry(Message):
    """A line of the register; whom it is about is known to who asked."""

    kind: Benefit
    part: str
    payer: Payer
    state: ClaimState
    dossier: DossierCode | None
    amount: Vnd | None
    decided_on: Day | None
    paid_on: Day | None
    reserved_at: Instant


class PaidOutside(Message):
    """A payment that was made outside linked dossiers, as its payer tells it."""

    kind: Benefit
    payer: Payer
    deceased: PersonalId
    beneficiary: PersonalId | None = None
    part: str = ""
    amount: Vnd
    paid_on: Day


class PaidAlready(Exception):
    """Nothing is entered: some of these claims were paid by others; `standing` tells which, by their places."""

    def __init__(self, standing: dict[int, ClaimHeld]) -> None:
        super().__init__("some of these claims are paid already")
        self.standing = standing


class ClaimRegister:
    """The claim register: reserve, then decide and pay, or let go."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def reserve(self, claim: Claim) -> ClaimHeld | None:
        """Take a claim: none when it is ours, now or since before, else who holds it."""
        row = self._row(claim, claim.dossier, ClaimState.RESERVED)
        held = await self._database.write(lambda connection: _taken(connection, row))
        if held is None or (held.dossier, held.payer) == (claim.dossier, claim.payer):
            return None
        return _holder(held)

    async def holds(self, claim: Claim) -> bool:
        """Whether the claim is still this dossier's, with this payer."""
        ours = self._ours(claim)
        return await self._database.read(lambda connection: connection.execute(_HELD, ours).first() is not None)

    async def settle(self, outcome: ClaimOutcome) -> None:
        """Decided, paid, recovered or let go; what is another's stays as it is, what is paid until it is recovered."""
        ours, statement = self._ours(outcome.claim), _settling(outcome)
        await self._database.write(lambda connection: connection.execute(statement, ours) and None)

    async def let_go(self, dossier: str, kinds: Collection[LegKind]) -> None:
        """What a dossier claimed and was not paid is free again: it has ended, and another carries the benefit on."""
        wanted = {"dossier_": dossier, "kinds": sorted(kinds)}
        await self._database.write(lambda connection: connection.execute(_LET_ALL_GO, wanted) and None)

    async def record_outside(self, paid: PaidOutside) -> ClaimHeld | None:
        """Enter a payment made outside linked dossiers; gives whose claim stood there, if one did.

        What is only reserved or decided gives way: its payer finds the claim gone before it pays.
        """
        row = self._outside(paid)
        before = await self._database.write(lambda connection: _enter(connection, row))
        return _other(before, paid)

    async def record_all_outside(self, payments: Sequence[PaidOutside]) -> dict[int, ClaimHeld]:
        """Enter all of these payments, or none: `PaidAlready`. Gives whose claims gave way, by the payments' places."""
        rows = sorted(((self._outside(paid), n) for n, paid in enumerate(payments)), key=lambda each: each[0]["hash"])

        def enter(connection: Connection) -> dict[int, ClaimHeld]:
            found = {n: _other(_enter(connection, row), payments[n]) for row, n in rows}  # in one order: no deadlock
            held = {n: holder for n, holder in sorted(found.items()) if holder is not None}
            if standing := {n: holder for n, holder in held.items() if holder.state is ClaimState.PAID}:
                raise PaidAlready(standing)
            return held

        return await self._database.write(enter)

    async def of_deceased(self, personal_id: str) -> tuple[ClaimEntry, ...]:
        """Every claim after one person's death, the oldest first."""
        return await self._listed(_OF_DECEASED, {"deceased_": self._deceased(personal_id)})

    async def of_dossier(self, code: str) -> tuple[ClaimEntry, ...]:
        """Every claim of one dossier, the oldest first."""
        return await self._listed(_OF_DOSSIER, {"dossier_": code})

    async def paid(
        self, *, decided_from: date, decided_before: date, after: str | None = None, limit: int = 100
    ) -> Page[ClaimEntry]:
        """Claims paid within linked dossiers and decided between two days, the second excluded: whom a raise reaches.

        A page holds whole dossiers, up to `limit` of them, by code; the cursor is the last one's.
        """
        decided = func.coalesce(_TABLE.c.decided_on, _TABLE.c.paid_on)
        wanted = [_TABLE.c.state == _PAID, decided >= decided_from, decided < decided_before]
        codes = select(_TABLE.c.dossier).where(*wanted, _TABLE.c.dossier > (after or ""))
        codes = codes.distinct().order_by(_TABLE.c.dossier).limit(limit + 1)

        def read(connection: Connection) -> tuple[list[str], Sequence[Row[Any]]]:
            found = list(connection.execute(codes).scalars())
            of_them = select(_TABLE).where(*wanted, _TABLE.c.dossier.in_(found[:limit]))
            return found, connection.execute(of_them.order_by(_TABLE.c.dossier, _TABLE.c.reserved_at)).all()

        found, rows = await self._database.read(read)
        more = len(found) > limit
        return Page(tuple(_entry(row) for row in rows), found[limit - 1] if more else None)

    async def _listed(self, statement: Select[Any], wanted: dict[str, str]) -> tuple[ClaimEntry, ...]:
        ordered = statement.order_by(_TABLE.c.reserved_at, _TABLE.c.hash)
        rows = await self._database.read(lambda connection: connection.execute(ordered, wanted).all())
        return tuple(_entry(row) for row in rows)

    def _row(self, claim: Claim | PaidOutside, dossier: str | None, state: ClaimState) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "hash": self._hash(claim),
            "deceased": self._deceased(claim.deceased),
            "kind": claim.kind.value,
            "part": claim.part,
            "payer": claim.payer.value,
            "state": state.value,
            "dossier": dossier,
            "reserved_at": now,
            "updated_at": now,
        }

    def _outside(self, paid: PaidOutside) -> dict[str, Any]:
        facts = {"amount": paid.amount, "decided_on": paid.paid_on, "paid_on": paid.paid_on}
        return self._row(paid, None, ClaimState.PAID) | facts

    def _ours(self, claim: Claim) -> dict[str, str]:
        return {"hash_": self._hash(claim), "dossier_": claim.dossier, "payer_": claim.payer.value}

    def _hash(self, claim: Claim | PaidOutside) -> str:
        what = "\0".join((claim.deceased, claim.kind, claim.beneficiary or "", claim.part))
        return self._keys.search_hash("benefit-claim", what)

    def _deceased(self, personal_id: str) -> str:
        return self._keys.search_hash("deceased", personal_id)


def _taken(connection: Connection, row: dict[str, Any]) -> Row[Any] | None:
    """Enter the row, or give the one that stands in its way; one let go in between makes room after all."""
    while not inserted(connection, _TABLE, row):
        standing = connection.execute(_STANDING, {"hash_": row["hash"]}).first()
        if standing is None:
            continue
        if standing.state != _RECOVERED:
            return standing
        _replace(connection, row)
        break
    return None


def _enter(connection: Connection, row: dict[str, Any]) -> Row[Any] | None:
    """Enter a payment, unless it is one already; gives what stood there."""
    before = _taken(connection, row)
    if before is not None and before.state != _PAID:
        _replace(connection, row)
    return before


def _other(before: Row[Any] | None, paid: PaidOutside) -> ClaimHeld | None:
    """Whose claim it was, but for this very payment, told before."""
    return None if before is None or (before.dossier, before.payer) == (None, paid.payer) else _holder(before)


def _replace(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(update(_TABLE).where(_TABLE.c.hash == row["hash"]).values(_NOTHING_YET | row))


def _settling(outcome: ClaimOutcome) -> Update | Delete:
    told: dict[str, Any] = {"updated_at": datetime.now(UTC)}
    if outcome.amount is not None:
        told["amount"] = outcome.amount
    match outcome.state:
        case None:
            return _LET_GO
        case ClaimState.RECOVERED:
            return update(_TABLE).where(_OURS).values(told | {"state": _RECOVERED})
        case ClaimState.RESERVED:
            return update(_TABLE).where(_OPEN).values(told)
        case ClaimState.DECIDED:
            told["decided_on"] = outcome.on
        case ClaimState.PAID:
            told["paid_on"] = outcome.on
    return update(_TABLE).where(_OPEN).values(told | {"state": outcome.state.value})


def _holder(row: Row[Any]) -> ClaimHeld:
    return ClaimHeld(payer=row.payer, state=row.state, dossier=row.dossier)


def _entry(row: Row[Any]) -> ClaimEntry:
    told = row._mapping  # noqa: SLF001  # SQLAlchemy's public name for it
    return ClaimEntry.model_validate({name: told[name] for name in ClaimEntry.model_fields})
