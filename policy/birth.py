"""The law of the linked birth group."""

from datetime import datetime, timedelta

from contracts.benefits import Asked
from contracts.law import LegLaw
from policy.clock import Clock
from policy.dated import Parameter, Reading
from policy.group import GroupLaw, leg_law
from policy.pack import BIRTH, CALENDAR, CLOCK, REGIMES
from policy.schema import BirthParameters, Regime


class BirthLaw(GroupLaw):
    """Birth registration, personal ID, residence and health card.

    The day of filing governs, also where the cut-off moves the effective day into the next regime: the citizen files
    under the law that is in force while filing.
    """

    files = (REGIMES, CLOCK, BIRTH, CALENDAR)

    @property
    def _rules(self) -> BirthParameters:
        return self._pack.birth

    @property
    def _regime(self) -> Parameter[Regime]:
        return self._pack.regimes.birth

    def _dates(
        self, reading: Reading, clock: Clock, received: datetime, asked: tuple[Asked, ...]
    ) -> tuple[datetime, tuple[LegLaw, ...]]:
        del asked  # a birth always has the same legs
        total = reading.take(self._rules.total)
        in_force = {kind: limit for kind, limit in self._rules.legs.items() if limit.in_force(reading.day)}
        legs = tuple(
            leg_law(kind, reading.take_dated(limit), total, clock, received) for kind, limit in in_force.items()
        )
        return clock.due(received, total), legs

    def _certificate_by(self, reading: Reading, registration_due: datetime) -> datetime:
        return registration_due - timedelta(minutes=reading.take(self._rules.certificate_wait))
