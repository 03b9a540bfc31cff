"""Who pays what after a death (domain.md D): pure, by the day of death and by the law known on another day.

Nothing is guessed: where amounts tie or the law leaves the payer open, every reading is given and a person decides.
"""

from collections.abc import Collection, Iterator
from datetime import date

from contracts.base import Province
from contracts.benefits import Answer, Benefit, Entitlements, NotEntitled, Payer, Route, Stop
from contracts.claims import RecipientKind
from contracts.death import DeathDeclaration
from contracts.dossier import LegKind
from policy import pack as packs
from policy.amounts import Case
from policy.exclusivity import funeral
from policy.pack import BENEFITS, Pack
from policy.relatives import one_off, survivor


def route(
    deceased: Entitlements, claims: Collection[Benefit], died_on: date, *, known_on: date, pack: Pack | None = None
) -> Route:
    """Payers, amounts (VND), articles and what was rejected: for each benefit claimed, and a one-off due unasked.

    `known_on`: the day of deciding; decrees in force only later are left out, though they may apply from before.
    Raises `NotInForce` for deaths before the first amount that is laid down.
    """
    pack = pack or packs.current()
    answers = tuple(_answers(Case(deceased, died_on, known_on, pack.benefits), claims))
    return Route(died_on=died_on, known_on=known_on, pack=pack.hash_of(BENEFITS), answers=answers)


def entitlements(declaration: DeathDeclaration, office_province: Province) -> Entitlements | None:
    """What the declaration says of the deceased to payers; none where no benefit is asked for.

    The standard of the last residence's province counts, else of the registering office's.
    """
    benefits, address = declaration.benefits, declaration.last_residence.address
    if benefits is None:
        return None
    by_organisation = benefits.recipient.kind is RecipientKind.ORGANISATION
    return Entitlements(
        categories=benefits.categories,
        province=address.province if address is not None and address.country == "VN" else office_province,
        merit=benefits.merit,
        insurance=benefits.insurance,
        funeral_cost=benefits.burial.cost if by_organisation else None,
    )


def _answers(case: Case, claims: Collection[Benefit]) -> Iterator[Answer]:
    if Payer.ARMED_FORCES in case.deceased.categories:
        yield from (_outside(case, kind) for kind in claims)
        return
    if LegKind.FUNERAL in claims:
        yield funeral(case)
    due = one_off(case)
    if LegKind.ONE_OFF in claims or not isinstance(due, NotEntitled):
        yield due
    if LegKind.SURVIVOR in claims:
        yield survivor(case)


def _outside(case: Case, kind: Benefit) -> Stop:
    """Army and police settle their own (domain.md V-D17)."""
    guidance = case.law.armed_forces.at(case.died_on, case.known_on)
    return Stop(
        kind=kind,
        payer=Payer.ARMED_FORCES,
        amount=None,
        articles=(guidance.article,),
        verified=guidance.verified,
        guidance=guidance.value,
    )
