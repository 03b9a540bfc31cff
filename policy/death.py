"""The law of the linked death group."""

from datetime import datetime

from contracts.benefits import Asked, Payer
from contracts.dossier import LegKind
from contracts.law import LegLaw
from contracts.legs import ChainQuestion
from policy.chains import chain
from policy.clock import Clock
from policy.dated import Dated, Parameter, Reading
from policy.group import GroupLaw, leg_law
from policy.pack import BENEFITS, CALENDAR, CLOCK, DEATH, REGIMES
from policy.schema import DeathParameters, Duration, Paper, Regime

_CLAIMS = frozenset({LegKind.FUNERAL, LegKind.ONE_OFF, LegKind.SURVIVOR})


class DeathLaw(GroupLaw):
    """Registration, removal from residence, card lock, and the benefits that are asked for.

    As for births the day of filing governs. A benefit whose payer is known is due when the last link of its chain is,
    counted from the filing; one whose payer a person has yet to choose has the group's total.
    """

    files = (REGIMES, CLOCK, DEATH, BENEFITS, CALENDAR)

    @property
    def legs(self) -> frozenset[LegKind]:
        """Every leg that death.yaml knows, benefits included."""
        return super().legs | frozenset(self._rules.chains)

    @property
    def _rules(self) -> DeathParameters:
        return self._pack.death

    @property
    def _regime(self) -> Parameter[Regime]:
        return self._pack.regimes.death

    def _dates(
        self, reading: Reading, clock: Clock, received: datetime, asked: tuple[Asked, ...]
    ) -> tuple[datetime, tuple[LegLaw, ...]]:
        death = self._rules
        claims = [each for each in asked if each.leg in _CLAIMS]
        basic = reading.take_dated(death.total)
        total = reading.take_dated(death.total_with_benefits) if claims else basic
        legs = [
            leg_law(kind, reading.take_dated(limit), basic.value, clock, received) for kind, limit in death.legs.items()
        ]
        legs += [self._claim(each, total, clock, received) for each in claims]
        promised = max(clock.due(received, total.value), *(leg.due_at for leg in legs))
        return promised, tuple(legs)

    def _claim(self, asked: Asked, total: Dated[Duration], clock: Clock, received: datetime) -> LegLaw:
        if asked.payer is None:
            return LegLaw(leg=asked.leg, due_at=clock.due(received, total.value), article=total.article)
        question = ChainQuestion(kind=asked.leg, payer=asked.payer, received_at=received)
        last = chain(question, self._pack).links[-1]
        return LegLaw(leg=asked.leg, due_at=last.due_at, article=last.article, payer=asked.payer)

    def _may_be_asked(self, paper: Paper, asked: tuple[Asked, ...]) -> bool:
        """What can be told from the filing; whether the facility's notice is there shows only later."""
        match paper.only_if:
            case "merit":
                return any(each.payer is Payer.MERIT for each in asked)
            case "social-protection":
                return any(each.payer is Payer.SOCIAL_PROTECTION for each in asked)
            case "survivor-of-merit":
                return any(each.leg is LegKind.SURVIVOR and each.payer is Payer.MERIT for each in asked)
            case _:
                return True
