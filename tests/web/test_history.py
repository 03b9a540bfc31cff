"""Legs over time: what waited, what ran, where the law's clock stood still, what came late."""

from datetime import UTC, datetime, timedelta
from typing import Any

from api.web.history import WIDTH, Stretch, Track, tracks
from contracts.dossier import DossierState, Stage
from contracts.journal import EventKind

AT, DAY = datetime(2026, 11, 20, 8, tzinfo=UTC), timedelta(days=1)
Entry = dict[str, Any]


def moved(days: int, state: str) -> Entry:
    data = {"state": state}
    return {"at": AT + days * DAY, "kind": str(EventKind.LEG_CHANGED), "leg": "residence", "actor": None, "data": data}


def told(days: int, kind: EventKind) -> Entry:
    return {"at": AT + days * DAY, "kind": str(kind), "leg": None, "actor": None, "data": {}}


def track(entries: list[Entry], now: int, due: int | None = 5, *, closed: bool = False, **leg: Any) -> Track:
    due_at = AT + due * DAY if due is not None else None
    state = DossierState.model_validate(
        {"code": "G22.99.08-261120-000001", "group": "birth", "channel": "online", "office": "00070", "filed_at": AT}
        | {"stage": Stage.RETURNED if closed else Stage.IN_PROGRESS}
        | {"legs": [{"kind": "residence", "agency": "residence", "state": "pending", "due_at": due_at, **leg}]}
    )
    [found] = tracks(state, sorted(entries, key=lambda each: each["at"]), AT + now * DAY)
    return found


def days(stretch: Stretch, whole: int) -> tuple[str, float, float]:
    """From which day to which."""
    return (str(stretch.state), stretch.x * whole / WIDTH, (stretch.x + stretch.width) * whole / WIDTH)


def test_what_waits_for_its_turn_is_seen_to_wait():
    assert [days(each, 10) for each in track([moved(2, "sent"), moved(4, "pending")], now=8, due=10).stretches] == [
        ("waiting", 0, 2),
        ("sent", 2, 4),
        ("pending", 4, 8),
    ]
    assert [days(each, 10) for each in track([], now=8, due=10, state="waiting").stretches] == [("waiting", 0, 8)]


def test_a_leg_that_never_ran_and_never_will_has_no_bar():
    none = track([told(4, EventKind.REJECTED)], now=8, closed=True, state="not_applicable")
    assert (none.stretches, none.paused, none.late) == ((), (), None)


def test_what_is_beyond_the_laws_date_is_late_until_it_ends_or_goes_on():
    running = track([moved(1, "sent")], now=10)
    assert running.late is not None
    assert days(running.late, 10) == ("late", 5, 10)
    ended = track([moved(1, "sent"), moved(8, "granted")], now=10, state="granted")
    assert ended.late is not None
    assert days(ended.late, 10) == ("late", 5, 8)
    assert track([moved(1, "sent"), moved(4, "granted")], now=10, state="granted").late is None
    assert track([moved(1, "sent")], now=10, due=None).late is None


def test_where_the_clock_stood_still_is_seen_as_long_as_the_leg_ran():
    pause = [told(2, EventKind.CLOCK_PAUSED), told(4, EventKind.CLOCK_RESUMED)]
    open_pause = [told(6, EventKind.CLOCK_PAUSED)]
    found = track([*pause, *open_pause, moved(1, "sent")], now=8, due=10)
    assert [days(each, 10) for each in found.paused] == [("paused", 2, 4), ("paused", 6, 8)]
    assert found.stands
    over = track([*pause, *open_pause, moved(1, "sent"), moved(3, "granted")], now=8, due=10, state="granted")
    assert [days(each, 10) for each in over.paused] == [("paused", 2, 3)]
    assert not over.stands
    assert not track([*pause, moved(1, "sent")], now=8, due=10).stands
