"""What a bereaved family claims: under which laws, for whom, and how it is to be paid."""

from datetime import timedelta
from random import Random

from cli import people
from cli.bereavement import ORGANISATION, Bereavement
from cli.death_variants import Claimant
from cli.people import Person
from contracts.benefits import Allowance, Insurance, InsuranceStatus, Merit, MeritCategory, Payer
from contracts.claims import Benefits, Burial, Payment, PaymentMethod, Recipient, RecipientKind, Survivor
from contracts.people import Address, Kinship
from records.names import folded

MERIT_OFFICE = "00008"
"""Keeps the merit files: another commune than the one that registers the death."""
WITH_SURVIVORS = 4
BANKS = ("Agribank", "Vietcombank", "VietinBank", "BIDV")
THOUSAND = 1_000
CEMETERY = "Nghĩa trang Văn Điển, Hà Nội"


def benefits(draw: Random, told: Bereavement) -> Benefits:
    """Part IV of the declaration."""
    payers, buried_on = told.variant.payers, told.died_on + timedelta(days=draw.randint(1, 3))
    return Benefits(
        categories=payers,
        merit=_merit(draw, told) if Payer.MERIT in payers else None,
        insurance=_insurance(told) if Payer.SOCIAL_INSURANCE in payers else None,
        recipient=_recipient(draw, told),
        payment=_payment(draw, told),
        burial=Burial(buried_on=buried_on, place=CEMETERY),
        survivors=_survivors(told) if told.variant.procedures == WITH_SURVIVORS else (),
    )


def _merit(draw: Random, told: Bereavement) -> Merit:
    return Merit(
        allowances=tuple(_allowance(draw, each, paid=not told.variant.never_paid) for each in told.variant.merit),
        decision=f"{draw.randint(1, 900)}/QĐ-LĐTBXH",
        managed_by=MERIT_OFFICE,
        never_paid=told.variant.never_paid,
    )


def _allowance(draw: Random, category: MeritCategory, *, paid: bool) -> Allowance:
    """What was received a month: anybody's own, by the degree of injury and the carer's help."""
    if not paid:
        return Allowance(category=category)
    return Allowance(
        category=category,
        monthly=draw.randrange(1_900, 6_000) * THOUSAND,
        supplement=draw.choice((0, 0, draw.randrange(500, 1_600) * THOUSAND)),
        carer=draw.choice((0, 0, draw.randrange(800, 1_800) * THOUSAND)),
    )


def _insurance(told: Bereavement) -> Insurance:
    return Insurance(status=InsuranceStatus.PENSIONER, number=told.card)


def _recipient(draw: Random, told: Bereavement) -> Recipient:
    applicant = told.applicant
    if told.variant.claimant is Claimant.ORGANISATION:
        return Recipient(
            kind=RecipientKind.ORGANISATION,
            name=ORGANISATION,
            personal_id=applicant.number,
            representative=applicant.full_name,
            tax_code=f"01{people.digits(draw, 8)}",
        )
    return Recipient(
        kind=RecipientKind.PERSON, name=applicant.full_name, personal_id=applicant.number, relation=told.relation
    )


def _payment(draw: Random, told: Bereavement) -> Payment:
    organised = told.variant.claimant is Claimant.ORGANISATION
    holder = ORGANISATION if organised else told.applicant.full_name
    method = PaymentMethod.BANK if organised or told.home is None else draw.choice(tuple(PaymentMethod))
    match method:
        case PaymentMethod.BANK:
            return Payment(
                method=method,
                bank=draw.choice(BANKS),
                account=f"83{people.digits(draw, 11)}",
                holder=folded(holder).upper(),
            )
        case PaymentMethod.POST:
            return Payment(method=method, address=told.home)
        case PaymentMethod.CASH:
            return Payment(method=method, place="Bộ phận một cửa phường")


def _survivors(told: Bereavement) -> tuple[Survivor, ...]:
    home = told.home
    assert home is not None, "who has no residence asks for no survivor benefit"  # noqa: S101
    return (_survivor(told.spouse, home),)


def _survivor(spouse: Person, home: Address) -> Survivor:
    return Survivor(
        full_name=spouse.full_name,
        personal_id=spouse.number,
        born_on=spouse.born_on,
        relation=Kinship.SPOUSE,
        residence=home,
    )
