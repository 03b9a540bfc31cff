"""Questions to support: whose word is next, how quickly answers come, and what the catalogue may hold."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from contracts.causes import Cause
from contracts.questions import QuestionState, Side
from records.database import Database
from records.keys import StoredKeys
from records.support.advice import AdviceRow, Catalogue, personal
from records.support.questions import Questions, Said
from records.tables.base import core
from records.tables.support import QuestionMessage
from tests.records import samples

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SECRET = "Cháu Đặng Thị Hòa Bình chưa có số"


@pytest.fixture
def questions(database: Database, keys: StoredKeys) -> Questions:
    return Questions(database, keys)


def clerk(call: str, text: str = "Chúng tôi cần làm gì?", at: datetime = NOW) -> Said:
    return Said(call, Side.CLERK, "clerk", text, at)


def support(call: str, text: str = "Đã báo cơ quan", at: datetime = NOW) -> Said:
    return Said(call, Side.SUPPORT, "support", text, at)


async def asked(
    database: Database, keys: StoredKeys, questions: Questions, call: str, at: datetime = NOW, office: str = "00070"
) -> str:
    code = (await samples.claimed(database, keys)).code
    await questions.ask(code, office, clerk(call, SECRET, at), HOUR, Cause.AGENCY_AWAY)
    return code


async def test_a_question_is_kept_once_and_nobody_reads_it_in_the_database(
    database: Database, keys: StoredKeys, questions: Questions
) -> None:
    code = await asked(database, keys, questions, "q1")
    await questions.ask(code, "00070", clerk("q1", SECRET, NOW + HOUR), HOUR)
    [found] = await questions.of(code, NOW)
    assert (found.state, found.cause, found.answer_by, found.late) == ("open", "agency-away", NOW + HOUR, False)
    assert [(each.side, each.text) for each in found.messages] == [("clerk", SECRET)]
    [stored] = await database.read(lambda c: c.execute(select(core(QuestionMessage))).all())
    assert "Bình".encode() not in stored.sealed


async def test_an_answer_ends_the_wait_and_a_clerks_word_begins_another(
    database: Database, keys: StoredKeys, questions: Questions
) -> None:
    await asked(database, keys, questions, "q1")
    for _ in range(2):
        await questions.say("q1", support("m1", at=NOW + MINUTE), HOUR, Cause.UNIT_UNKNOWN)
    found = await questions.get("q1", NOW + 2 * HOUR)
    assert found is not None
    assert (found.state, found.cause, found.answered_at) == ("answered", "unit-unknown", NOW + MINUTE)
    assert (len(found.messages), found.late) == (2, False)
    await questions.close("q1", NOW + 2 * MINUTE)
    await questions.say("q1", clerk("m2", at=NOW + 2 * HOUR), HOUR)
    found = await questions.get("q1", NOW + 2 * HOUR)
    assert found is not None
    assert (found.state, found.due_at, found.closed_at) == ("open", NOW + 3 * HOUR, None)
    assert (found.answer_by, found.answered_at) == (NOW + HOUR, NOW + MINUTE), "the first answer was in time"
    await questions.say("q1", clerk("m3", at=NOW + 2 * HOUR + MINUTE), HOUR)
    found = await questions.get("q1", NOW + 4 * HOUR)
    assert found is not None
    assert (found.due_at, found.late) == (NOW + 3 * HOUR, True), "asking on makes nobody wait longer"


async def test_who_is_answered_too_late_first_stands_on_top(
    database: Database, keys: StoredKeys, questions: Questions
) -> None:
    for number in range(3):
        await asked(database, keys, questions, f"q{number}", NOW + number * MINUTE, office=f"0007{number}")
    await questions.say("q0", support("m"), HOUR)
    await questions.say("q0", clerk("n", at=NOW + 5 * MINUTE), HOUR)
    now = NOW + HOUR + 90 * timedelta(seconds=1)
    page = await questions.listing(QuestionState.OPEN, None, now, limit=2)
    assert [(each.id, each.late) for each in page.items] == [("q1", True), ("q2", False)]
    rest = await questions.listing(QuestionState.OPEN, None, now, cursor=page.next, limit=2)
    assert [each.id for each in rest.items] == ["q0"]
    mine = await questions.listing(None, frozenset({"00072", "00070"}), now)
    assert [each.id for each in mine.items] == ["q2", "q0"], "the newest first"


async def test_the_figures_count_what_is_answered_in_time_and_what_is_late(
    database: Database, keys: StoredKeys, questions: Questions
) -> None:
    for number in range(5):
        await asked(database, keys, questions, f"q{number}")
    await questions.say("q0", support("a", at=NOW + 10 * MINUTE), HOUR)
    await questions.say("q1", support("b", at=NOW + 30 * MINUTE), HOUR)
    await questions.say("q2", support("c", at=NOW + 2 * HOUR), HOUR)
    await questions.close("q4", NOW + MINUTE)
    now = NOW + 3 * HOUR
    told = await questions.figures(NOW - HOUR, now)
    assert (told.asked, told.answered, told.in_time, told.share) == (4, 3, 2, 0.5)
    assert (told.median_s, told.open, told.late, told.oldest_open) == (1800.0, 1, 1, NOW)
    assert (await questions.figures(now, now)).share is None
    waiting = await questions.waiting(now)
    assert (waiting.open, waiting.late, waiting.first_due) == (1, 1, NOW + HOUR)
    await questions.say("q3", support("d", at=now), HOUR)
    assert (await questions.waiting(now)).first_due is None


async def test_the_catalogue_tells_what_holds_for_an_agency(database: Database) -> None:
    catalogue = Catalogue(database)
    for name, agency in (("a", None), ("b", "residence"), ("c", "labour")):
        entry = AdviceRow(name, "unit-unknown", agency, "vi", "Mã xã", "Báo cơ quan", "support", NOW, None)
        await catalogue.write(entry)
        await catalogue.write(entry)
    assert [each.id for each in await catalogue.about({"unit-unknown"}, "residence")] == ["a", "b"]
    assert [each.id for each in await catalogue.about()] == ["a", "b", "c"]
    assert await catalogue.about({"agency-away"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "Tra lại số 001 326 000 789",
        "Số 001190000001 đã có",
        "Gọi 0912345678",
        "Hồ sơ G22.99.08-260703-000001",
        "Nhờ Trần Thị Ngọc Ánh ký",
        "nho tran thi ngoc anh ky",
        "Cháu Hòa Bình",
        "Anh ĐẶNG QUỐC ÂN, chủ hộ",
    ],
)
def test_advice_that_tells_of_somebody_is_found(text: str) -> None:
    assert personal(text, samples.a_filing())


@pytest.mark.parametrize(
    "text",
    [
        "Báo cơ quan bổ sung mã xã 00070 rồi làm lại sau 22/11/2026 10:30",
        "Theo 60/2014/QH13, khoản 2 Điều 16, Hà Nội; mức 1.490.000 đồng",
        "Nhờ chủ hộ ký rồi gửi lại",
    ],
)
def test_advice_about_the_matter_is_taken(text: str) -> None:
    assert not personal(text, samples.a_filing())
    assert not personal(text, None)


def test_a_deaths_survivors_and_recipients_are_persons_too() -> None:
    filing = samples.a_death()
    benefits = filing.declaration.benefits
    assert benefits is not None
    for name in (filing.declaration.deceased.full_name, benefits.survivors[0].full_name, benefits.recipient.name):
        assert personal(f"Xem {name.upper()} nhé", filing), name
