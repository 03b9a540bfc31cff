"""What happened to a dossier, for people: its journal in words, its legal clock, its legs over time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.deps import Front
from api.web.words import Words
from contracts.dossier import DocumentView, DossierState, LegKind, LegState, LegView, TaskKind
from contracts.journal import EventKind
from contracts.verdicts import KeptVerdict

Entry = dict[str, Any]
WIDTH = 1000
"""Of a leg's bar, in its own units."""
MOVED = ("from", "to")
"""Which office a dossier has left, and which one it went to."""
WRITTEN = ("text", "reason")
"""What people wrote themselves, unless it is a code that they chose."""
LEAST = 6
"""What is over in a moment is still to be seen."""


@dataclass(frozen=True)
class Told:
    """A journal entry in words."""

    at: datetime
    what: str
    detail: str
    actor: str


@dataclass(frozen=True)
class Pause:
    """The law's clock stood still; `ended` none: it does so now."""

    began: datetime
    ended: datetime | None


@dataclass(frozen=True)
class Clock:
    """When it was filed, by when it is promised, and why that has moved."""

    filed_at: datetime
    promised_at: datetime | None
    pauses: tuple[Pause, ...]
    articles: tuple[str, ...]


@dataclass(frozen=True)
class Stretch:
    """A part of a leg's bar: how the leg stood in it."""

    state: str
    x: int
    width: int


@dataclass(frozen=True)
class Track:
    """A leg over time. `due_x`: where the law's date lies, if it lies within the picture.

    `paused`: where the law's clock stood still while it ran, `stands`: it does so now; `late`: what it took beyond the
    law's date.
    """

    leg: LegView
    began: datetime | None
    ended: datetime | None
    stretches: tuple[Stretch, ...]
    due_x: int | None
    paused: tuple[Stretch, ...] = ()
    late: Stretch | None = None
    stands: bool = False


async def journal(front: Front, entries: list[Entry], w: Words) -> list[Told]:
    """The journal, the latest first."""
    moves = [entry["data"] for entry in entries if entry["kind"] == EventKind.OFFICE_MOVED]
    codes = {move[name] for move in moves for name in MOVED}
    offices = await front.offices.names(codes, front.now()) if codes else {}
    people = await front.accounts.names({entry["actor"] for entry in entries if entry["actor"]})
    return [_told(entry, w, {**people, **offices}) for entry in reversed(entries)]


def codes_alone(entries: Iterable[Entry], w: Words) -> list[Entry]:
    """The journal without anybody's own words, which may name somebody."""
    return [{**entry, "data": _coded(entry["data"], w)} for entry in entries]


def _coded(data: dict[str, Any], w: Words) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in WRITTEN or value in w.told["reason"]}


def clock(state: DossierState, entries: Iterable[Entry]) -> Clock:
    """The dossier's legal clock."""
    pauses: list[Pause] = []
    for entry in entries:
        if entry["kind"] == EventKind.CLOCK_PAUSED:
            pauses.append(Pause(entry["at"], None))
        elif pauses and pauses[-1].ended is None and entry["kind"] in {EventKind.CLOCK_RESUMED, *_ENDS}:
            pauses[-1] = Pause(pauses[-1].began, entry["at"])
    articles = tuple(each for each in (state.law.articles if state.law else ()) if "/" in each)  # those of written law
    return Clock(state.filed_at, state.promised_at, tuple(pauses), articles)


_ENDS = (EventKind.REJECTED, EventKind.WITHDRAWN, EventKind.STOPPED)


def tracks(state: DossierState, entries: list[Entry], now: datetime) -> list[Track]:
    """Each leg from its first move to its last; an open dossier's picture reaches to the last due date."""
    last = max([entry["at"] for entry in entries], default=state.filed_at)
    dues = [leg.due_at for leg in state.legs if leg.due_at is not None]
    end = last if state.stage.closed else max([now, *dues])
    scale = _Scale(state.filed_at, max(end, state.filed_at))
    pauses = clock(state, entries).pauses
    return [
        _track(leg, [e for e in entries if e["leg"] == leg.kind], scale, min(now, end), pauses) for leg in state.legs
    ]


async def documents(front: Front, state: DossierState) -> list[tuple[DocumentView, KeptVerdict | None]]:
    """Each version, the newest first, with what the verification of its signature found."""
    found = []
    for each in sorted(state.documents, key=lambda document: -document.version):
        kept = await front.documents.verdict(state.code, each.id) if each.signed else None
        found.append((each, KeptVerdict.model_validate(kept) if kept else None))
    return found


class _Scale:
    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self._whole = (end - start).total_seconds() or 1.0

    def x(self, at: datetime) -> int:
        return round(WIDTH * max(0.0, min(1.0, (at - self.start).total_seconds() / self._whole)))


def _track(leg: LegView, entries: list[Entry], scale: _Scale, until: datetime, pauses: Sequence[Pause]) -> Track:
    moves = [(e["at"], LegState(e["data"]["state"])) for e in entries if e["kind"] == EventKind.LEG_CHANGED]
    began = moves[0][0] if moves else None
    ended = moves[-1][0] if moves and moves[-1][1].ended else None
    stretches = [_part(LegState.WAITING, scale.start, began or until, scale)] if moves or not leg.state.ended else []
    points = [at for at, _ in moves[1:]] + [until]
    for (at, state), after in zip(moves, points, strict=True) if moves else ():
        stretches.append(_part(state, at, at if state.ended else after, scale))
    over = ended or (scale.start if leg.state.ended else until)
    spans = [(each.began, min(each.ended or over, over)) for each in pauses]
    within = leg.due_at is not None and scale.start <= leg.due_at <= scale.end
    return Track(
        leg,
        began,
        ended,
        tuple(stretches),
        scale.x(leg.due_at) if leg.due_at and within else None,
        tuple(_part("paused", begin, end, scale) for begin, end in spans if begin < end),
        _part("late", leg.due_at, over, scale) if leg.due_at and leg.due_at < over else None,
        not leg.state.ended and any(each.ended is None for each in pauses),
    )


def _part(state: str, begin: datetime, end: datetime, scale: _Scale) -> Stretch:
    x = min(scale.x(begin), WIDTH - LEAST)
    return Stretch(state, x, max(LEAST, scale.x(end) - x))


def _told(entry: Entry, w: Words, names: Mapping[str, str]) -> Told:
    """`names`: of people by account, of offices by code."""
    data, leg = entry["data"], entry["leg"]
    parts = [w.of(LegKind(leg))] if leg else []
    if entry["kind"] == EventKind.LEG_CHANGED:
        parts.append(w.of(LegState(data["state"])))
    if data.get("task_kind"):
        parts.append(w.of(TaskKind(data["task_kind"])))
    if entry["kind"] == EventKind.OFFICE_MOVED:
        left, successor = (names.get(data[name], data[name]) for name in MOVED)
        parts.append(w("dossier.moved", left=left, successor=successor))
    if data.get("receiver"):
        parts.append(w.code("Agency", data["receiver"]))
    if data.get("version"):
        parts.append(w("task.version", version=data["version"]))
    if data.get("findings"):
        parts += [w.code("Finding", each) for each in data["findings"].split(",")]
    if data.get("documents"):
        parts += [w.code("paper", each) for each in data["documents"].split(",")]
    for name in WRITTEN:
        if data.get(name):
            parts.append(w.code("reason", data[name]))
            break
    actor = entry["actor"] or ""
    return Told(entry["at"], w.of(EventKind(entry["kind"])), " · ".join(parts), names.get(actor, actor))
