"""The outbox: what partners and applicants are still to be told, in order per dossier and partner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Row, bindparam, exists, not_, select, update

from contracts.agencies import Agency
from contracts.base import Instant, Message
from contracts.dossier import Channel
from contracts.journal import Entry, EventKind
from contracts.outbox import key_in
from records.database import Database
from records.keys import KeyDestroyed, StoredKeys
from records.partners import (
    Notice,
    OneStopStatus,
    PortalStatus,
    notice,
    one_stop_allows,
    one_stop_status,
    portal_allows,
    portal_status,
)
from records.sealing import unseal
from records.tables.base import core
from records.tables.outbox import OutboxRow

_TABLE = core(OutboxRow)
_EARLIER = _TABLE.alias("earlier")
_PENDING = (
    select(_TABLE)
    .where(
        _TABLE.c.partner == bindparam("partner_"),
        _TABLE.c.settled_at.is_(None),
        _TABLE.c.not_before <= bindparam("now"),
        not_(
            exists().where(
                _EARLIER.c.dossier == _TABLE.c.dossier,
                _EARLIER.c.partner == _TABLE.c.partner,
                _EARLIER.c.number < _TABLE.c.number,
                _EARLIER.c.settled_at.is_(None),
            )
        ),
    )
    .order_by(_TABLE.c.not_before, _TABLE.c.id)
    .limit(bindparam("limit_"))
)
PARTNERS = (Agency.ONE_STOP, Agency.NATIONAL_PORTAL, Agency.NOTIFICATION)


class Contact(Message):
    """Where the applicant is told."""

    full_name: str
    personal_id: str
    phone: str
    email: str | None = None


class LegOutcome(Message):
    """How one leg stands, as the partner or the applicant is told."""

    leg: str
    state: str
    result: dict[str, str | int | None] | None = None
    reason: str | None = None
    reason_text: str | None = None
    legal_basis: str | None = None


class OutboxPayload(Message):
    """What goes along with a status or notice; `applicant` comes with notices alone."""

    group: str
    office: str
    leg: str | None = None
    reason: str | None = None
    reason_text: str | None = None
    promised_at: Instant | None = None
    supplement_due_at: Instant | None = None
    papers: tuple[str, ...] = ()
    document: str | None = None
    document_version: int | None = None
    results: tuple[LegOutcome, ...] = ()
    applicant: Contact | None = None


@dataclass(frozen=True)
class OutboxItem:
    """One thing to tell, under the idempotency key of its attempt group.

    `status`: the partner's own number; of a notice, `notice` is its name.
    """

    id: int
    partner: Agency
    dossier: str
    number: int
    key: str
    status: int | None
    notice: Notice | None
    at: datetime
    attempts: int
    payload: OutboxPayload


@dataclass(frozen=True)
class Move:
    """A status or notice that an entry gives rise to; `number` counts per dossier and partner, from 1."""

    partner: Agency
    number: int
    entry: Entry
    status: int | None = None
    notice: Notice | None = None

    def key(self, dossier: str) -> str:
        """The idempotency key under which the partner hears of it."""
        return f"{dossier}:{'notice' if self.notice else 'status'}:{self.partner}:{self.number}"


Known = Callable[[Entry], bool]


def unheard(_: Entry) -> bool:
    """Nothing was told before."""
    return False


@dataclass
class Lanes:
    """How far each partner of one dossier has been told, and how many statuses its order did not allow."""

    one_stop_status: OneStopStatus | None = None
    one_stop_count: int = 0
    portal_status: PortalStatus | None = None
    portal_count: int = 0
    notice_count: int = 0
    moves_skipped: int = 0

    def take(self, entry: Entry, *, published: bool, channel: Channel, known: Known = unheard) -> list[Move]:
        """Advance by one entry; gives what is to be told of it.

        `known`: whether the citizen was written to of this before, in a turn that was lost or taken back since.

        One-stop and portal follow what was filed: of a dossier that an office ordered the citizen alone is told.
        """
        moves = [] if channel is Channel.OFFICE else self._statuses(entry)
        told = notice(entry, published=published)
        if told and not known(entry):
            self.notice_count += 1
            moves.append(Move(Agency.NOTIFICATION, self.notice_count, entry, notice=told))
        return moves

    def _statuses(self, entry: Entry) -> list[Move]:
        moves = []
        one_stop = one_stop_status(entry, self.one_stop_status)
        if one_stop and self._allowed(one_stop_allows(self.one_stop_status, one_stop)):
            self.one_stop_status, self.one_stop_count = one_stop, self.one_stop_count + 1
            moves.append(Move(Agency.ONE_STOP, self.one_stop_count, entry, status=int(one_stop)))
        portal = portal_status(entry, self.portal_status)
        if portal and self._allowed(portal_allows(self.portal_status, portal)):
            self.portal_status, self.portal_count = portal, self.portal_count + 1
            moves.append(Move(Agency.NATIONAL_PORTAL, self.portal_count, entry, status=int(portal)))
        return moves

    def columns(self) -> dict[str, int | None]:
        """The lanes as columns of the dossier's row."""
        return {
            "one_stop_status": self.one_stop_status and int(self.one_stop_status),
            "one_stop_count": self.one_stop_count,
            "portal_status": self.portal_status and int(self.portal_status),
            "portal_count": self.portal_count,
            "notice_count": self.notice_count,
            "moves_skipped": self.moves_skipped,
        }

    def _allowed(self, allowed: bool) -> bool:
        self.moves_skipped += not allowed
        return allowed


def moves(
    entries: Sequence[Entry], lanes: Lanes, *, published: bool, channel: Channel, known: Known = unheard
) -> list[Move]:
    """What a turn's entries give partners to hear, advancing the lanes."""
    found = []
    for entry in entries:
        found += lanes.take(entry, published=published, channel=channel, known=known)
        published = published or entry.kind is EventKind.DOCUMENT_PUBLISHED
    return found


class Outbox:
    """Pending statuses and notices by partner."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def pending(self, partner: Agency, limit: int) -> list[OutboxItem]:
        """What may be told now: at most one item a dossier, never before its earlier ones are settled."""
        wanted = {"partner_": partner.value, "now": datetime.now(UTC), "limit_": limit}
        rows = await self._database.read(lambda connection: connection.execute(_PENDING, wanted).all())
        items = [await self._item(row) for row in rows]
        erased = [row.id for row, item in zip(rows, items, strict=True) if item is None]
        if erased:
            await self.settle(erased)
        return [item for item in items if item is not None]

    async def settle(self, ids: Sequence[int]) -> None:
        """The partner has these."""
        if not ids:
            return
        statement = (
            update(_TABLE)
            .where(_TABLE.c.id.in_(ids), _TABLE.c.settled_at.is_(None))
            .values(settled_at=datetime.now(UTC))
        )
        await self._database.write(lambda connection: connection.execute(statement) and None)

    async def postpone(self, ids: Sequence[int], seconds: float, problem: str, *, tried: int | None = None) -> None:
        """Try these again later; `problem` is a code, never a partner's own words.

        `tried`: how often before this attempt; what somebody hurried since then is not put off.
        """
        if not ids:
            return
        later = datetime.now(UTC) + timedelta(seconds=seconds)
        values = {"not_before": later, "attempts": _TABLE.c.attempts + 1, "problem": problem}
        statement = update(_TABLE).where(_TABLE.c.id.in_(ids), _TABLE.c.settled_at.is_(None)).values(**values)
        if tried is not None:
            statement = statement.where(_TABLE.c.attempts == tried)
        await self._database.write(lambda connection: connection.execute(statement) and None)

    async def _item(self, row: Row) -> OutboxItem | None:  # type: ignore[type-arg]  # columns of the table
        try:
            key = await self._keys.key_for(row.dossier)
        except KeyDestroyed:
            return None  # the dossier was erased: there is nothing left to tell
        return OutboxItem(
            id=row.id,
            partner=Agency(row.partner),
            dossier=row.dossier,
            number=row.number,
            key=key_in(row.key, row.attempt_group),
            status=row.status,
            notice=Notice(row.notice) if row.notice else None,
            at=row.at,
            attempts=row.attempts,
            payload=OutboxPayload.model_validate_json(unseal(key, row.sealed, f"outbox/{row.key}")),
        )
