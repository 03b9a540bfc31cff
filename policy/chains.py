"""The links of the chain inside an agency and their own due instants (domain.md B.2)."""

from collections.abc import Iterator
from datetime import date, datetime

from contracts.legs import Act, Chain, ChainLink, ChainQuestion
from policy import pack as packs
from policy.calendar import ONE_DAY, legal_day
from policy.clock import Clock
from policy.dated import Dated, NotInForce, Parameter, Reading
from policy.pack import Pack
from policy.schema import Link, Links

_ORDER = list(Act)


def chain(question: ChainQuestion, pack: Pack | None = None) -> Chain:
    """The links for this benefit at this payer, from its receipt on; `NotInForce` where none are laid down.

    Each link follows the law of the day on which it begins: a file that a commune had on 30 June 2025 goes on without
    the district.
    """
    pack = pack or packs.current()
    parameter = pack.death.chains.get(question.kind, {}).get(question.payer)
    if parameter is None:
        raise NotInForce(f"no chain is laid down for {question.kind} by {question.payer}")
    clock = Clock.read(Reading(legal_day(question.received_at)), pack.clock, pack.calendar)
    links = list(_links(parameter, clock, question.received_at))
    return Chain(links=tuple(told for told, _ in links), verified=all(entry.verified for _, entry in links))


def _links(parameter: Parameter[Links], clock: Clock, received: datetime) -> Iterator[tuple[ChainLink, Dated[Links]]]:
    entry = parameter.at(clock.effective_day(received))
    link: Link | None = entry.value[0]
    due = clock.due(received, entry.value[0].limit)
    while link is not None:
        yield ChainLink(act=link.act, level=link.level, due_at=due, article=entry.article), entry
        entry = parameter.at(_day_after(clock, due))
        link = _next(entry.value, link.act)
        if link is not None:
            due = clock.following(due, link.limit)


def _day_after(clock: Clock, due: datetime) -> date:
    return clock.calendar.on_or_after(legal_day(due) + ONE_DAY)


def _next(links: Links, done: Act) -> Link | None:
    return next((link for link in links if _ORDER.index(link.act) > _ORDER.index(done)), None)
