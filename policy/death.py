"""The law of the linked death group."""

from datetime import datetime

from contracts.benefits import Asked, Payer
from contracts.dossier import LegKind
from contracts.law import LawQuestion, LawSnapshot, LegLaw
from contracts.legs import ChainQuestion
from policy.calendar import legal_day
from policy.chains import chain
from policy.clock import Clock
from policy.dated import Dated, Reading
from policy.group import GroupLaw
from policy.pack import BENEFITS, CALENDAR, CLOCK, DEATH, REGIMES
from policy.schema import Duration, LegLimit, Paper

_CLAIMS = frozenset({LegKind.FUNERAL, LegKind.ONE_OFF, LegKind.SURVIVOR})


class DeathLaw(GroupLaw):
    """Registration, removal from residence, card lock, and the benefits that are asked for.

    As for births the day of filing governs. A benefit whose payer is known is due when the last link of its chain is,
    counted from the filing; one whose payer a person has yet to choose has the group's total.
    """

    @property
    def legs(self) -> frozenset[LegKind]:
        """Every leg that death.yaml knows."""
        return frozenset(self._pack.death.legs) | frozenset(self._pack.death.chains)

    def read(self, question: LawQuestion) -> LawSnapshot:
        """The law of the day of filing; `NotInForce` before the first regime."""
        governs_on = legal_day(question.filed_at)
        reading = Reading(governs_on)
        death = self._pack.death
        regime = reading.take(self._pack.regimes.death)
        clock = self._clock(reading)
        promised_at, legs = self._dates(reading, clock, question.filed_at, question.asked)
        supplement_days = reading.take(death.supplement_days)
        papers, reasons = reading.take(death.papers), reading.take(death.reasons)
        return LawSnapshot(
            regime=regime,
            governs_on=governs_on,
            effective_on=clock.effective_day(question.filed_at),
            pack=self._pack.hash_of(REGIMES, CLOCK, DEATH, BENEFITS, CALENDAR),
            verified=reading.verified and self._announced(promised_at),
            promised_at=promised_at,
            legs=legs,
            certificate_by=legs[0].due_at,
            supplement_days=supplement_days,
            papers=tuple(paper.code for paper in papers if _may_be_asked(paper, question.asked)),
            reasons=tuple(reason.code for reason in reasons),
            articles=tuple(dict.fromkeys((*reading.articles, *(leg.article for leg in legs)))),
        )

    def _dates(
        self, reading: Reading, clock: Clock, received: datetime, asked: tuple[Asked, ...]
    ) -> tuple[datetime, tuple[LegLaw, ...]]:
        death = self._pack.death
        claims = [each for each in asked if each.leg in _CLAIMS]
        basic = reading.take_dated(death.total)
        total = reading.take_dated(death.total_with_benefits) if claims else basic
        legs = [
            _leg(kind, reading.take_dated(limit), basic.value, clock, received) for kind, limit in death.legs.items()
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


def _leg(kind: LegKind, limit: Dated[LegLimit], total: Duration, clock: Clock, received: datetime) -> LegLaw:
    duration = limit.value if isinstance(limit.value, Duration) else total
    return LegLaw(leg=kind, due_at=clock.due(received, duration), article=limit.article)


def _may_be_asked(paper: Paper, asked: tuple[Asked, ...]) -> bool:
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
