"""One funeral, one payer: the decision table of domain.md D.3, read from the law's own lines."""

from collections.abc import Iterable, Iterator
from itertools import chain

from contracts.agencies import Agency
from contracts.benefits import Answer, Award, Benefit, DecisionNeeded, Doubt, NotEntitled, Owed, Payer, Rejected, Stop
from contracts.dossier import LegKind
from policy.amounts import Case, Claim, funeral_claim
from policy.benefit_schema import Exclusivity, OpenPair


def funeral(case: Case) -> Answer:
    """The payer of the funeral; every reading where amounts tie or the law leaves it open."""
    judged = [funeral_claim(case, payer) for payer in dict.fromkeys(case.deceased.categories)]
    entitled = {claim.payer: claim for claim in judged if isinstance(claim, Claim)}
    rejected = [claim for claim in judged if isinstance(claim, Rejected)]
    if not entitled:
        return NotEntitled(kind=LegKind.FUNERAL, rejected=tuple(rejected))
    if len(entitled) == 1:
        return awarded(case, LegKind.FUNERAL, next(iter(entitled.values())), rejected)
    return _among(case, entitled, rejected)


def awarded(case: Case, kind: Benefit, claim: Claim, rejected: Iterable[Rejected] = ()) -> Award | Stop:
    """A claim as it is told: to be claimed here, or outside with guidance."""
    owed = Owed(
        kind=kind,
        payer=claim.payer,
        amount=claim.amount,
        articles=claim.articles,
        verified=claim.verified,
        rejected=tuple(rejected),
    )
    if claim.guidance is not None:
        return Stop(**dict(owed), guidance=claim.guidance)
    return Award(**dict(owed), agency=_agency(case, claim.payer))


def _agency(case: Case, payer: Payer) -> Agency:
    """Through which agency a payer is asked; how it is reached has no part in an amount's being verified."""
    return case.law.agencies.at(case.died_on, case.known_on).value[payer]


def _among(case: Case, entitled: dict[Payer, Claim], rejected: list[Rejected]) -> Answer:
    reading = case.reading()
    table = reading.take(case.law.exclusivity)
    given_way = {each.payer: each for each in _giving_way(table, entitled)}
    rejected += given_way.values()
    left = {payer: claim for payer, claim in entitled.items() if payer not in given_way}
    open_pairs = [pair for pair in table.open if {*pair.between} <= left.keys() and {*pair.beside} <= entitled.keys()]
    standing = [claim for claim in left.values() if not _beaten(claim, left, open_pairs)]
    rejected += [
        Rejected(payer=claim.payer, why="lower", rule=table.highest, amount=claim.amount)
        for claim in left.values()
        if claim not in standing
    ]
    told = [_under(claim, reading.articles, verified=reading.verified) for claim in standing]
    if len(told) == 1:
        return awarded(case, LegKind.FUNERAL, told[0], rejected)
    payers = {claim.payer for claim in standing}
    rules = [pair.rule for pair in open_pairs if {*pair.between} <= payers]
    return DecisionNeeded(
        kind=LegKind.FUNERAL,
        why=Doubt.OPEN if rules else Doubt.TIE,
        rules=tuple(rules or [table.highest]),
        readings=tuple(awarded(case, LegKind.FUNERAL, claim) for claim in told),
        rejected=tuple(rejected),
    )


def _giving_way(table: Exclusivity, entitled: dict[Payer, Claim]) -> Iterator[Rejected]:
    for line in table.gives_way:
        if line.payer in entitled and any(payer in entitled for payer in line.to):
            yield Rejected(payer=line.payer, why=line.why, rule=line.rule, amount=entitled[line.payer].amount)


def _beaten(claim: Claim, left: dict[Payer, Claim], open_pairs: list[OpenPair]) -> bool:
    """Whether another payer owes more, and nothing leaves open which of the two counts."""
    return any(
        (other.amount or 0) > (claim.amount or 0)
        and not any({claim.payer, other.payer} == {*pair.between} for pair in open_pairs)
        for other in left.values()
    )


def _under(claim: Claim, articles: tuple[str, ...], *, verified: bool) -> Claim:
    """The claim with what the choice between payers rests on."""
    together = tuple(dict.fromkeys(chain(claim.articles, articles)))
    return Claim(claim.payer, claim.amount, together, claim.verified and verified, claim.guidance)
