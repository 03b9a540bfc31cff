"""Which agency and which commune receive a leg: registration, merit file and survivors may be in three of them."""

from collections.abc import Iterator

from contracts.agencies import Agency
from contracts.base import Office
from contracts.benefits import Asked
from contracts.death import DeathDeclaration
from contracts.dossier import LegKind
from contracts.legs import Addressee, AddresseesQuestion, Place
from policy import pack as packs
from policy.dated import Dated, NotInForce
from policy.pack import Pack
from policy.schema import Destination

_AGENCIES = {
    LegKind.DEATH_REGISTRATION: Agency.CIVIL_STATUS,
    LegKind.RESIDENCE_REMOVAL: Agency.RESIDENCE,
    LegKind.HEALTH_CARD_LOCK: Agency.SOCIAL_INSURANCE,
}
"""Whoever the law names in every case; a benefit goes to its payer's agency."""


def addressees(question: AddresseesQuestion, pack: Pack | None = None) -> tuple[Addressee, ...]:
    """A row for each leg and commune, in the order asked. A benefit without a payer yet has none.

    Where the place the law names is not known (no residence, no commune that issued a notice) the leg goes to the
    office of registration. Raises `NotInForce` for a leg that no line covers.
    """
    pack = pack or packs.current()
    lines = pack.death.addressees.at(question.on)
    agencies = pack.benefits.agencies.at(question.on).value
    rows: list[Addressee] = []
    for asked in question.legs:
        agency = _AGENCIES.get(asked.leg) or (agencies[asked.payer] if asked.payer is not None else None)
        if agency is not None:
            rows += _rows(question, asked, agency, lines)
    return tuple(rows)


def _rows(
    question: AddresseesQuestion, asked: Asked, agency: Agency, lines: Dated[tuple[Destination, ...]]
) -> Iterator[Addressee]:
    line = next((line for line in lines.value if _fits(line, asked, question.declaration)), None)
    if line is None:
        raise NotInForce(f"no addressee is laid down for {asked.leg}")
    for office in dict.fromkeys(_offices(line.place, question.declaration)) or (question.office,):
        yield Addressee(
            leg=asked.leg, agency=agency, office=office, place=line.place, article=line.rule, verified=lines.verified
        )


def _fits(line: Destination, asked: Asked, declaration: DeathDeclaration) -> bool:
    merit = declaration.benefits.merit if declaration.benefits else None
    return (
        asked.leg in line.legs
        and (not line.payers or asked.payer in line.payers)
        and (not line.never_paid or (merit is not None and merit.never_paid))
    )


def _offices(place: Place, declaration: DeathDeclaration) -> Iterator[Office]:
    benefits, address = declaration.benefits, declaration.last_residence.address
    match place:
        case Place.LAST_RESIDENCE if address is not None:
            yield address.ward
        case Place.MERIT_FILE if benefits is not None and benefits.merit is not None:
            yield benefits.merit.managed_by
        case Place.NOTICE_ISSUER if declaration.substitute is not None and declaration.substitute.office is not None:
            yield declaration.substitute.office
        case Place.SURVIVOR_RESIDENCE if benefits is not None:
            yield from (survivor.residence.ward for survivor in benefits.survivors)
        case _:
            return
