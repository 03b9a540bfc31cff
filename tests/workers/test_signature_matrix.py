"""Each thing that can be wrong with a signature, by each way of signing: what the signer is told; nothing is signed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from contracts.documents import DocumentDrafted, DocumentSigned, SignatureRejected
from contracts.failures import AgencyUnavailable
from contracts.verdicts import KeptVerdict, Problem
from records.database import Database
from records.documents import DocumentUnknown
from sim_agencies.signing.authority import Holder, Period, issue, name
from tests.documents.samples import CHAIR, turned_page
from tests.workers.signing_desk import ELSEWHERE, OTHER_OFFICE, VICE, Outcome, SigningDesk, Way, signing_desk

REMOTE, TOKEN, VALUE, BATCH = Way
SIGNED, UNAVAILABLE = "signed", "unavailable"
"""Taken; or neither taken nor refused, since an authority does not say: the activity is tried again."""
DAY = timedelta(days=1)


@pytest.fixture
async def desk(sqlite: Database, tmp_path: Path) -> AsyncIterator[SigningDesk]:
    async with signing_desk(sqlite, tmp_path) as opened:
        await opened.drafted()
        yield opened


def credential(way: Way, person: str = CHAIR) -> str:
    return person if way.by_pin else f"{person}-token"


def holding(desk: SigningDesk, way: Way, holder: Holder) -> None:
    """From now on the chair signs under this key and certificate."""
    desk.town.hold(credential(way), holder)


async def certified_until(desk: SigningDesk, way: Way, start: timedelta, end: timedelta) -> None:
    """The chair's certificate, known to us, holds from then until then, seen from now."""
    now = datetime.now(UTC)
    holder = desk.town.authority.issue_signer(name("Chủ tịch mẫu", person=CHAIR), Period(now + start, now + end))
    await desk.known.register(CHAIR, holder.der, way.method)
    holding(desk, way, holder)


# ---- who


async def nothing_wrong(desk: SigningDesk, way: Way) -> Outcome:
    return await desk.sign(way)


async def on_duty_elsewhere(desk: SigningDesk, way: Way) -> Outcome:
    await desk.on_duty(ELSEWHERE, OTHER_OFFICE)
    return await desk.sign(way, ELSEWHERE)


async def off_duty_since_it_was_shown(desk: SigningDesk, way: Way) -> Outcome:
    last = await desk.begun(way)
    await desk.on_duty(CHAIR, until=datetime.now(UTC))
    return await last()


async def signed_before_duty_began(desk: SigningDesk, way: Way) -> Outcome:
    desk.line.stamp = lambda request: desk.town.stamp(request, at=desk.since - timedelta(minutes=1))
    return await desk.sign(way)


async def another_clerk_of_the_same_ca(desk: SigningDesk, way: Way) -> Outcome:
    if way is TOKEN:
        return await desk.upload(await desk.signed_by_token(VICE))
    if way is VALUE:
        await desk.value()
        return await desk.bring(await desk.value(VICE))
    return await desk.use(await desk.authorised(way=way), credential=VICE)


async def a_namesake_of_another_ca(desk: SigningDesk, way: Way) -> Outcome:
    common = desk.town.people.holder(desk.town.person(credential(way))).certificate.subject
    soon = Period.around_now(timedelta(minutes=5), DAY)
    holding(desk, way, desk.town.authority.issue_signer(common, soon, by_impostor=True))
    await desk.drafted(2)
    return await desk.sign(way)


async def two_at_once(desk: SigningDesk, way: Way) -> Outcome:
    """The document is signed once: whoever comes second gets the first one's."""
    begun = [await desk.begun(way, by) for by in (CHAIR, VICE)]
    first, second = await asyncio.gather(*(last() for last in begun))
    assert second == first
    return second


# ---- with what certificate


async def expired_since_it_was_shown(desk: SigningDesk, way: Way) -> Outcome:
    await certified_until(desk, way, -DAY, timedelta(minutes=5))
    await desk.drafted(2)
    last = None if way is TOKEN else await desk.begun(way)  # who signs by themselves signs a document that they have
    desk.later(timedelta(minutes=6))
    return await (last or await desk.begun(way))()


async def signed_before_it_expired(desk: SigningDesk, way: Way) -> Outcome:
    await certified_until(desk, way, -DAY, timedelta(minutes=5))
    await desk.drafted(2)
    last = await desk.begun(way)
    desk.later(timedelta(seconds=4))  # the CA's answers are good for five
    return await last()


async def renewed_since_it_was_shown(desk: SigningDesk, way: Way) -> Outcome:
    """What was made ready for the old certificate is made ready for the new one; the PIN is given once more."""
    await certified_until(desk, way, -2 * DAY, -DAY)
    await desk.drafted(2)
    await certified_until(desk, way, -timedelta(minutes=5), DAY)
    return await desk.sign(way)


async def not_yet_valid(desk: SigningDesk, way: Way) -> Outcome:
    await certified_until(desk, way, DAY, 2 * DAY)
    await desk.drafted(2)
    return await desk.sign(way)


async def revoked_since_it_was_shown(desk: SigningDesk, way: Way) -> Outcome:
    desk.town.people.set_revoked(desk.town.person(credential(way)), revoked=True)
    return await desk.sign(way)


async def a_ca_that_does_not_answer(desk: SigningDesk, way: Way) -> Outcome:
    desk.line.dead = {"/ocsp"}
    return await desk.sign(way)


# ---- what


async def an_older_version(desk: SigningDesk, way: Way) -> Outcome:
    """What was signed, or authorised, is the version before."""
    last = await desk.begun(way)
    await desk.drafted(2)
    return await last()


async def changed_since_it_was_shown(desk: SigningDesk, way: Way) -> Outcome:
    """The version is the same; what stands in it is not."""
    last = await desk.begun(way)
    desk.request = desk.request.model_copy(update={"requester_name": "Nguyễn Văn Khác"})
    await desk.drafted()
    return await last()


async def changed_before_signing(desk: SigningDesk, way: Way) -> Outcome:
    return await desk.upload(await desk.signed_by_token(pdf=turned_page(await desk.unsigned())))


async def changed_after_signing(desk: SigningDesk, way: Way) -> Outcome:
    signed = bytearray(await desk.signed_by_token())
    signed[signed.index(b"/Reason") + 12] ^= 1
    return await desk.upload(bytes(signed))


async def more_behind_the_signature(desk: SigningDesk, way: Way) -> Outcome:
    return await desk.upload(await desk.signed_by_token() + b"\n% one more thing\n")


async def never_signed(desk: SigningDesk, way: Way) -> Outcome:
    return await desk.upload(await desk.unsigned())


# ---- when


async def no_time_stamp(desk: SigningDesk, way: Way) -> Outcome:
    if way is TOKEN:
        chair = desk.town.person(credential(way))
        return await desk.upload(await desk.town.sign_unstamped(await desk.unsigned(), chair))
    desk.line.stamp = lambda _: desk.town.stamp(b"not a request")
    return await desk.sign(way)


async def a_time_stamp_from_the_future(desk: SigningDesk, way: Way) -> Outcome:
    desk.line.stamp = lambda request: desk.town.stamp(request, at=datetime.now(UTC) + timedelta(hours=1))
    return await desk.sign(way)


async def a_time_stamp_by_a_stranger(desk: SigningDesk, way: Way) -> Outcome:
    usage = [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)]
    stranger = issue(name("Dấu lạ"), Period.around_now(DAY, DAY), usage, by=desk.town.authority.impostor.issuing)
    desk.line.stamp = lambda request: desk.town.stamp(request, stranger)
    return await desk.sign(way)


INVALID = "signature-invalid"
OTHER = {
    REMOTE: "authorisation-refused",
    BATCH: "authorisation-refused",
    TOKEN: f"{INVALID} {Problem.OTHER_DOCUMENT}",
    VALUE: "stale-document",
}
Wrong = Callable[[SigningDesk, Way], Awaitable[Outcome]]
MATRIX: list[tuple[Wrong, dict[Way, str]]] = [
    (nothing_wrong, dict.fromkeys(Way, SIGNED)),
    (on_duty_elsewhere, dict.fromkeys(Way, "not-on-duty")),
    (off_duty_since_it_was_shown, dict.fromkeys(Way, "not-on-duty")),
    (signed_before_duty_began, dict.fromkeys(Way, "not-on-duty")),
    (
        another_clerk_of_the_same_ca,
        {
            REMOTE: "authorisation-refused",
            BATCH: "authorisation-refused",
            TOKEN: f"{INVALID} {Problem.WRONG_SIGNER}",
            VALUE: INVALID,
        },
    ),
    (
        a_namesake_of_another_ca,
        {
            REMOTE: f"{INVALID} {Problem.UNTRUSTED_CHAIN}, {Problem.WRONG_SIGNER}",
            BATCH: f"{INVALID} {Problem.UNTRUSTED_CHAIN}, {Problem.WRONG_SIGNER}",
            TOKEN: f"{INVALID} {Problem.UNTRUSTED_CHAIN}, {Problem.WRONG_SIGNER}",
            VALUE: "certificate-unknown",
        },
    ),
    (two_at_once, dict.fromkeys(Way, SIGNED)),
    (expired_since_it_was_shown, dict.fromkeys(Way, "certificate-expired")),
    (signed_before_it_expired, dict.fromkeys(Way, SIGNED)),
    (
        renewed_since_it_was_shown,
        {REMOTE: "stale-document", BATCH: "stale-document", TOKEN: SIGNED, VALUE: SIGNED},
    ),
    (not_yet_valid, dict.fromkeys(Way, "certificate-expired")),
    (revoked_since_it_was_shown, dict.fromkeys(Way, "certificate-revoked")),
    (a_ca_that_does_not_answer, dict.fromkeys(Way, UNAVAILABLE)),
    (an_older_version, OTHER),
    (changed_since_it_was_shown, OTHER),
    (changed_before_signing, {TOKEN: f"{INVALID} {Problem.OTHER_CHANGES}"}),
    (changed_after_signing, {TOKEN: f"{INVALID} {Problem.TAMPERED}"}),
    (more_behind_the_signature, {TOKEN: f"{INVALID} {Problem.NOT_WHOLE_FILE}"}),
    (never_signed, {TOKEN: f"{INVALID} {Problem.NOT_A_SIGNATURE}"}),
    (no_time_stamp, dict.fromkeys(Way, UNAVAILABLE) | {TOKEN: f"{INVALID} {Problem.TIMESTAMP_MISSING}"}),
    (a_time_stamp_from_the_future, dict.fromkeys(Way, f"{INVALID} {Problem.TIMESTAMP_IN_FUTURE}")),
    (a_time_stamp_by_a_stranger, dict.fromkeys(Way, f"{INVALID} {Problem.TIMESTAMP_INVALID}")),
]
"""A way that is missing cannot meet the case: what is signed as a hash was made ready here."""
ROWS = [
    pytest.param(wrong, way, told, id=f"{wrong.__name__}-{way}")
    for wrong, by_way in MATRIX
    for way, told in by_way.items()
]


@pytest.mark.parametrize(("wrong", "way", "expected"), ROWS)
async def test_the_signer_is_told_what_is_wrong_and_nothing_is_signed(
    desk: SigningDesk, wrong: Wrong, way: Way, expected: str
) -> None:
    if expected == UNAVAILABLE:
        with pytest.raises(AgencyUnavailable):
            await wrong(desk, way)
        assert await kept_of(desk, desk.draft) is await kept_of(desk, desk.behind) is None
        return
    outcome = await wrong(desk, way)
    if isinstance(outcome, SignatureRejected):
        problem, _, detail = expected.partition(" ")
        assert outcome.problem == problem
        assert detail in {"", outcome.detail}
        assert await kept_of(desk, desk.draft) is await kept_of(desk, desk.behind) is None
        return
    assert expected == SIGNED
    kept = await kept_of(desk, desk.draft)
    assert kept is not None
    by = {CHAIR, VICE} if wrong is two_at_once else {CHAIR}
    assert (kept.ok, kept.method, kept.sha256) == (True, way.method, outcome.sha256)
    assert kept.by == outcome.by
    assert kept.by in by
    assert (await kept_of(desk, desk.behind) is not None) is (way is BATCH), "a batch goes on"


async def kept_of(desk: SigningDesk, draft: DocumentDrafted | None) -> KeptVerdict | None:
    """The verdict on what was signed; none where nothing was."""
    if draft is None:
        return None
    signed = f"{draft.id.rsplit('.', 2)[0]}.signed"
    try:
        await desk.store.get(desk.code, signed)
    except DocumentUnknown:
        assert await desk.store.verdict(desk.code, signed) is None
        return None
    return KeptVerdict.model_validate(await desk.store.verdict(desk.code, signed))


async def test_after_a_renewal_the_pin_is_given_once_more(desk: SigningDesk) -> None:
    first = await renewed_since_it_was_shown(desk, REMOTE)
    assert isinstance(first, SignatureRejected)
    assert isinstance(await desk.sign(REMOTE), DocumentSigned)
