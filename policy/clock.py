"""How limits are counted: the cut-off, due instants at closing time, and what a pause moves.

Limits run in whole working days and fall due at closing time, also after a pause: what is carried over is the number
of working days that were left, counted from the day of the pause, and the citizen's answer counts as received like a
filing (after the cut-off: the next working day). Working minutes would give due times such as 10:37 that no office
writes on a slip, and differ at most by the part of a day that the office loses.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from policy.calendar import ONE_DAY, WorkingCalendar, instant, legal_day, legal_moment
from policy.dated import Reading
from policy.schema import ClockParameters, Duration, OnSupplement, Session, Unit


@dataclass(frozen=True)
class Clock:
    """The counting rules of one day in the life of the law."""

    calendar: WorkingCalendar
    cutoff: time
    cutoff_inclusive: bool
    closing: time
    sessions: tuple[Session, ...]
    first_day_counts: bool
    on_supplement: OnSupplement

    @classmethod
    def read(cls, reading: Reading, parameters: ClockParameters, calendar: WorkingCalendar) -> "Clock":
        """The rules as they stood on the reading's day."""
        return cls(
            calendar=calendar,
            cutoff=reading.take(parameters.cutoff),
            cutoff_inclusive=reading.take(parameters.cutoff_inclusive),
            closing=reading.take(parameters.closing),
            sessions=reading.take(parameters.sessions),
            first_day_counts=reading.take(parameters.first_day_counts),
            on_supplement=reading.take(parameters.on_supplement),
        )

    def effective_day(self, received: datetime) -> date:
        """The working day on which something received counts as received."""
        local = legal_moment(received)
        in_time = local.time() <= self.cutoff if self.cutoff_inclusive else local.time() < self.cutoff
        return self.calendar.on_or_after(local.date() if in_time else local.date() + ONE_DAY)

    def due(self, received: datetime, limit: Duration) -> datetime:
        """When a limit that began with this receipt ends."""
        if limit.unit is Unit.WORKING_HOUR:
            return self.add_working_hours(received, limit.n)
        effective = self.effective_day(received)
        further = max(0, limit.n - 1) if self.first_day_counts else limit.n
        return self._counted(effective, further, limit.unit)

    def following(self, earlier: datetime, limit: Duration) -> datetime:
        """When a limit ends that begins where an earlier one fell due: its first day is the next one."""
        if limit.unit is Unit.WORKING_HOUR:
            return self.add_working_hours(earlier, limit.n)
        return self._counted(legal_day(earlier), limit.n, limit.unit)

    def _counted(self, day: date, further: int, unit: Unit) -> datetime:
        if unit is Unit.DAY:
            # Civil Code art. 148(5): a last day that is a day off gives way to the next working day.
            return self.end_of(self.calendar.on_or_after(day + timedelta(days=further)))
        return self.end_of(self.calendar.add_working_days(day, further))

    def end_of(self, day: date) -> datetime:
        """Closing time of a day."""
        return instant(day, self.closing)

    def add_working_hours(self, start: datetime, hours: int) -> datetime:
        """So many office hours later; the cut-off has no part in it (Civil Code art. 147(1))."""
        left = timedelta(hours=hours)
        day = self.calendar.on_or_after(legal_day(start))
        while True:
            for session in self.sessions:
                opens, closes = max(instant(day, session.opens), start), instant(day, session.closes)
                if closes <= opens:
                    continue
                if left <= closes - opens:
                    return (opens + left).astimezone(UTC)
                left -= closes - opens
            day = self.calendar.on_or_after(day + ONE_DAY)

    def moved(self, due: datetime, *, paused_at: datetime, resumed_at: datetime) -> datetime:
        """A due instant after a pause: the working days that were left begin again with the answer.

        What was overdue before the pause stays overdue: lateness is judged by the first appointment (domain.md J8).
        """
        if due <= paused_at:
            return due
        left = self.calendar.working_days_between(self._day_running(paused_at), legal_day(due))
        return self.end_of(self.calendar.add_working_days(self.effective_day(resumed_at), left))

    def _day_running(self, moment: datetime) -> date:
        """The working day that has not ended at this moment."""
        local = legal_moment(moment)
        return self.calendar.on_or_after(local.date() if local.time() < self.closing else local.date() + ONE_DAY)
