"""Each thing that can be wrong with an office's seal: it waits or is refused, and nothing unsealed is published."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from contracts.documents import DocumentSealed, DocumentSigned
from contracts.failures import AgencyUnavailable, Failure, SealRefused
from contracts.verdicts import KeptVerdict, Level, Problem
from records.database import Database
from records.documents import DocumentUnknown
from records.registers import OfficeEntry, SealEntry
from sim_agencies.signing.authority import Period, issue, name
from tests.documents.samples import CHAIR
from tests.records.samples import OFFICE
from tests.workers.signing_desk import OTHER_OFFICE, WARD, SigningDesk, Way, signing_desk

SEAL = f"seal-{OFFICE}"
DAY = timedelta(days=1)


@pytest.fixture
async def desk(sqlite: Database, tmp_path: Path) -> AsyncIterator[SigningDesk]:
    async with signing_desk(sqlite, tmp_path) as opened:
        await opened.drafted()
        yield opened


@pytest.fixture(params=Way)
async def signed(desk: SigningDesk, request: pytest.FixtureRequest) -> DocumentSigned:
    outcome = await desk.sign(request.param)
    assert isinstance(outcome, DocumentSigned)
    return outcome


async def kept_of(desk: SigningDesk, signed: DocumentSigned) -> KeptVerdict | None:
    """The verdict on what was published; none where nothing was."""
    published = signed.id.removesuffix(".signed")
    try:
        await desk.store.get(desk.code, published)
    except DocumentUnknown:
        assert await desk.store.verdict(desk.code, published) is None
        return None
    return KeptVerdict.model_validate(await desk.store.verdict(desk.code, published))


def seal_issued(desk: SigningDesk, start: timedelta, end: timedelta, *, by_impostor: bool = False) -> None:
    """The seal's certificate holds from then until then, seen from now."""
    now = datetime.now(UTC)
    period = Period(now + start, now + end)
    desk.town.hold(SEAL, desk.town.authority.issue_signer(name("Cơ quan mẫu"), period, by_impostor=by_impostor))


async def test_a_seal_lies_over_the_signature_with_proof_for_both(desk: SigningDesk, signed: DocumentSigned) -> None:
    sealed = await desk.seal(signed)
    kept = await kept_of(desk, signed)
    assert kept is not None
    assert kept.seal is not None
    assert (kept.ok, kept.by, kept.level, kept.sha256) == (True, CHAIR, Level.B_LT, signed.sha256)
    assert (kept.seal.ok, kept.seal.level, kept.seal.sha256) == (True, Level.B_LT, sealed.sha256)
    assert kept.seal.signer is not None
    assert "Mẫu Một" in kept.seal.signer.common_name
    assert kept.seal.signed_at == sealed.sealed_at
    below, whole = [await desk.store.content(desk.code, each) for each in (signed.id, sealed.id)]
    assert whole.startswith(below)
    assert signed.id == f"{sealed.id}.signed"


async def test_a_seal_is_put_on_once_however_often_it_is_asked_for(desk: SigningDesk, signed: DocumentSigned) -> None:
    first = await desk.seal(signed)
    assert await desk.seal(signed) == first


# ---- what holds it up


async def no_seal(desk: SigningDesk) -> None:
    await desk.has_seal(SEAL, until=datetime.now(UTC))


async def expired(desk: SigningDesk) -> None:
    seal_issued(desk, -2 * DAY, -DAY)
    await desk.has_seal(SEAL)


async def not_yet_valid(desk: SigningDesk) -> None:
    seal_issued(desk, DAY, 2 * DAY)
    await desk.has_seal(SEAL)


async def revoked(desk: SigningDesk) -> None:
    desk.town.people.set_revoked(desk.town.person(SEAL), revoked=True)


async def renewed_without_the_register(desk: SigningDesk) -> None:
    seal_issued(desk, -DAY, DAY)


async def of_another_ca(desk: SigningDesk) -> None:
    seal_issued(desk, -DAY, DAY, by_impostor=True)
    await desk.has_seal(SEAL)


async def of_a_person(desk: SigningDesk) -> None:
    """Somebody entered the chair's own credential: their tries of the PIN are left alone."""
    await desk.has_seal(SEAL, until=datetime.now(UTC))
    await desk.has_seal(CHAIR)


async def on_a_token(desk: SigningDesk) -> None:
    await desk.has_seal(SEAL, until=datetime.now(UTC))
    await desk.has_seal(f"{CHAIR}-token")


async def that_nobody_knows(desk: SigningDesk) -> None:
    entry = SealEntry(office=OFFICE, credential="no-such", valid_from=desk.since + timedelta(seconds=1))
    await desk.seals.load([(entry, desk.town.people.holder(desk.town.person(SEAL)).der)])


async def service_down(desk: SigningDesk) -> None:
    desk.line.dead = {"/csc/v1/signatures/signHash"}


async def ca_does_not_answer(desk: SigningDesk) -> None:
    desk.line.dead = {"/ocsp"}
    desk.town.hold(SEAL, desk.town.authority.issue_signer(name("Cơ quan mẫu"), Period.around_now(DAY, DAY)))
    await desk.has_seal(SEAL)  # of the old one the answer is still fresh


async def no_time_stamp(desk: SigningDesk) -> None:
    desk.line.stamp = lambda _: desk.town.stamp(b"not a request")


async def time_stamp_by_a_stranger(desk: SigningDesk) -> None:
    usage = [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)]
    stranger = issue(name("Dấu lạ"), Period.around_now(DAY, DAY), usage, by=desk.town.authority.impostor.issuing)
    desk.line.stamp = lambda request: desk.town.stamp(request, stranger)


HELD_UP: list[tuple[Callable[[SigningDesk], Awaitable[None]], type[Failure], str]] = [
    (no_seal, SealRefused, "names no seal"),
    (expired, SealRefused, "does not hold now"),
    (not_yet_valid, SealRefused, "does not hold now"),
    (revoked, SealRefused, Problem.REVOKED),
    (renewed_without_the_register, SealRefused, "not the one on the register"),
    (of_another_ca, SealRefused, Problem.UNTRUSTED_CHAIN),
    (of_a_person, SealRefused, "a person's credential"),
    (on_a_token, SealRefused, "a person's credential"),
    (that_nobody_knows, SealRefused, "what the register names"),
    (service_down, AgencyUnavailable, "in trouble"),
    (ca_does_not_answer, AgencyUnavailable, "in trouble"),
    (no_time_stamp, AgencyUnavailable, "time-stamping authority refused"),
    (time_stamp_by_a_stranger, SealRefused, Problem.TIMESTAMP_INVALID),
]


@pytest.mark.parametrize(("wrong", "failure", "said"), HELD_UP, ids=[wrong.__name__ for wrong, _, _ in HELD_UP])
async def test_what_is_wrong_with_a_seal_holds_it_up_until_it_is_mended(
    desk: SigningDesk, wrong: Callable[[SigningDesk], Awaitable[None]], failure: type[Failure], said: str
) -> None:
    signed = await desk.sign(Way.REMOTE)
    assert isinstance(signed, DocumentSigned)
    await wrong(desk)
    with pytest.raises(failure, match=said):
        await desk.seal(signed)
    assert await kept_of(desk, signed) is None
    desk.line.dead, desk.line.stamp = set(), None
    good, now = desk.town.issue(person=OFFICE, purpose="seal"), datetime.now(UTC)
    entry = SealEntry(office=OFFICE, credential=good.id, valid_from=now - timedelta(seconds=1))
    await desk.seals.load([(entry, desk.town.people.holder(good).der)])
    assert isinstance(await desk.seal(signed), DocumentSealed)


async def test_an_office_that_is_over_has_left_its_papers_to_its_successor(desk: SigningDesk) -> None:
    signed = await desk.sign(Way.REMOTE)
    assert isinstance(signed, DocumentSigned)
    await desk.has_seal(SEAL, until=datetime.now(UTC))
    yesterday = date.today() - DAY  # noqa: DTZ011  # any day before
    over = WARD.model_copy(update={"valid_to": yesterday, "successor": OTHER_OFFICE})
    await desk.offices.load([over, OfficeEntry.model_validate(WARD.model_dump() | {"code": OTHER_OFFICE})])
    with pytest.raises(SealRefused):
        await desk.seal(signed)
    await desk.has_seal(f"seal-{OTHER_OFFICE}", OTHER_OFFICE)
    await desk.seal(signed)
    kept = await kept_of(desk, signed)
    assert kept is not None
    assert kept.seal is not None
    assert kept.seal.signer is not None
    assert "Mẫu Hai" in kept.seal.signer.common_name


async def test_a_signer_revoked_after_signing_leaves_the_signature_good(desk: SigningDesk) -> None:
    """The time-stamp is older than the revocation, and the proof says so."""
    signed = await desk.sign(Way.TOKEN)
    assert isinstance(signed, DocumentSigned)
    desk.town.people.set_revoked(desk.town.person(f"{CHAIR}-token"), revoked=True)
    await desk.seal(signed)
    kept = await kept_of(desk, signed)
    assert kept is not None
    assert kept.ok
