"""Reopenings: legs of a closed dossier are done once more in one that follows it, made from our records alone."""

from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from contracts.acts import ActView
from contracts.agencies import Agency
from contracts.dossier import Channel, DossierState, LegKind
from contracts.followups import LegAgain, Reopening, ReopeningOpening
from contracts.openings import AnyOpening
from contracts.reopenings import certificate, personal_id, registered, repeatable
from orchestrator import Orchestrator
from records.edge import Claim, Claims, Purpose
from records.queries import Queries
from records.registers import ClaimRegister, Offices
from records.support.once_more import OnceMore
from workers.arrears import wall_clock
from workers.rooms import Rooms

log = structlog.get_logger()


class NotReopenable(Exception):
    """These legs cannot be done once more now."""


class Reopenings:
    """Opening the same act twice finds what was opened first; the engine's history is not looked at."""

    def __init__(
        self,
        claims: Claims,
        queries: Queries,
        register: ClaimRegister,
        offices: Offices,
        orchestrator: Orchestrator,
        repeats: OnceMore,
        now: Callable[[], datetime],
    ) -> None:
        self._claims = claims
        self._queries = queries
        self._once_more = repeats
        self._register = register
        self._offices = offices
        self._orchestrator = orchestrator
        self._now = now

    @classmethod
    def of(cls, rooms: Rooms, orchestrator: Orchestrator) -> "Reopenings":
        """In a process's rooms, by the clock on the wall."""
        register, offices = ClaimRegister(rooms.database, rooms.keys), Offices(rooms.database)
        repeats = OnceMore(rooms.database, rooms.keys)
        return cls(rooms.claims(), rooms.queries(), register, offices, orchestrator, repeats, wall_clock)

    async def is_closed(self, code: str) -> bool:
        """Whether a leg can only be done once more by opening the dossier again."""
        header = await self._queries.header(code)
        return header is not None and header.stage.closed

    async def done_once_more(self, code: str, leg: LegKind) -> bool:
        """Whether a dossier that follows does this leg once more, or did."""
        state = await self._queries.view(code, self._now())
        keys = [key for each in state.legs if each.kind is leg for key in each.keys] if state else []
        return bool(await self._once_more.of([(code, key) for key in keys]))

    async def open(self, act: ActView, legs: Collection[LegKind]) -> str:
        """The code of the dossier that does these legs once more. Raises `NotReopenable`, and the door's errors."""
        first = await self._claims.opening(act.dossier)
        state = await self._queries.view(act.dossier, self._now())
        if first is None or state is None:
            raise NotReopenable("there is no such dossier")
        claim = await self._claimed(act, first, state, legs)
        if not claim.started:
            await self._orchestrator.open(claim.opening, f"reopening-{claim.code}")
            await self._claims.mark_started(claim.code)
            log.info("dossier_reopened", dossier=claim.code, follows=act.dossier)
        return claim.code

    async def _claimed(self, act: ActView, first: AnyOpening, state: DossierState, legs: Collection[LegKind]) -> Claim:
        """The reopenings of a dossier stand in one row of claims: of two at once the later sees what is taken."""
        state = state.model_copy(update={"office": await self._office(state)})
        taken, place = set[LegKind](), 1
        while True:
            key = f"{act.dossier}/{place}"
            if await self._claims.known(first.client, key, Purpose.REOPENING) is None:
                await self._make_room(state, set(legs), taken)
            claim = await self._claims.claim(
                client=first.client,
                key=key,
                purpose=Purpose.REOPENING,
                group=state.group,
                office=state.office,
                filed_at=self._now(),
                body={"legs": sorted(legs)},
                uploads=(),
                opening=lambda code, _: self._opening(code, act, first, state, legs),
            )
            assert isinstance(claim.opening, ReopeningOpening), "nothing else is claimed in this row"  # noqa: S101
            if claim.opening.reopening.act == act.id:
                return claim
            later = claim.opening.filed_at > (act.approved_at or act.asked_at)  # nobody who agreed to this act knew
            if later or not await self.is_closed(claim.code):
                taken |= {each.leg for each in claim.opening.legs}
            place += 1

    async def _make_room(self, state: DossierState, legs: set[LegKind], taken: set[LegKind]) -> None:
        """What the first dossier claimed and never saw paid would be waited for in vain: it has ended."""
        followers = [await self._queries.view(code, self._now()) for code in state.followed_by]
        possible = repeatable(state, [each for each in followers if each])
        if not legs or not legs <= set(possible) - taken:
            raise NotReopenable("these legs cannot be done once more now")
        await self._register.let_go(state.code, legs)

    async def _office(self, state: DossierState) -> str:
        """Where it is, or whoever carries that office's work on."""
        return dict(await self._offices.merged(self._now())).get(state.office, state.office)

    def _opening(
        self, code: str, act: ActView, first: AnyOpening, state: DossierState, legs: Collection[LegKind]
    ) -> ReopeningOpening:
        paper, line = certificate(state), registered(state)
        assert paper is not None, "else nothing could be repeated"  # noqa: S101
        assert line is not None, "else nothing could be repeated"  # noqa: S101
        return ReopeningOpening(
            code=code,
            group=state.group,
            client=first.client,
            channel=Channel.OFFICE,
            office=state.office,
            province=first.province,
            filed_at=self._now(),
            pace=first.pace,
            filing=first.filing,
            follows=state.code,
            reopening=Reopening(act=act.id, by=act.by, approved_by=act.approved_by or "", reason=act.told.reason),
            legs=tuple(_again(leg.kind, leg.agency, leg.payer) for leg in state.legs if leg.kind in legs),
            certificate=paper,
            registered=line,
            personal_id=personal_id(state),
        )


def _again(kind: LegKind, agency: str, payer: str | None) -> LegAgain:
    return LegAgain.model_validate({"leg": kind, "agency": Agency(agency), "payer": payer})
