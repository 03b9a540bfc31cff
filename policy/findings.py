"""What a clerk should know about a birth declaration before deciding: findings are hints, never refusals."""

from collections.abc import Iterator
from datetime import date

from contracts.birth import BirthDeclaration
from contracts.birth_steps import BirthNoticeFacts
from contracts.dossier import Finding
from policy.eligibility import late
from policy.pack import Pack


def findings(
    declaration: BirthDeclaration, notice: BirthNoticeFacts | None, filed_on: date, pack: Pack | None = None
) -> tuple[Finding, ...]:
    """Declaration and facility's notice side by side, in the order in which a clerk reads them."""
    found = list(_of_notice(declaration, notice))
    if late(declaration.child.born_on, filed_on, pack):
        found.append(Finding.LATE_REGISTRATION)
    return tuple(found)


def _of_notice(declaration: BirthDeclaration, notice: BirthNoticeFacts | None) -> Iterator[Finding]:
    if declaration.birth_notice is None:
        yield Finding.NOTICE_NOT_DECLARED
    elif notice is None:
        yield Finding.NOTICE_MISSING
    if notice is None:
        return
    mother = declaration.mother.personal_id if declaration.mother else None
    if notice.mother_personal_id is not None and notice.mother_personal_id != mother:
        yield Finding.NOTICE_MOTHER_DIFFERS
    if notice.sex != declaration.child.sex:
        yield Finding.NOTICE_SEX_DIFFERS
    if notice.born_on != declaration.child.born_on:
        yield Finding.NOTICE_DATE_DIFFERS
