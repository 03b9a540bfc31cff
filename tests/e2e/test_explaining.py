"""`lienthong explain`: a case in words, in both languages, without anybody's data."""

from typing import Any

from tests.e2e.asking import eventually
from tests.e2e.rolled_out import environment, lienthong
from tests.stack import Stack, leg


async def explained(stack: Stack, code: str, *options: str) -> str:
    said = await lienthong(stack, "explain", code, *options, *_where(stack))
    assert said.code == 0, said
    return said.out


async def test_a_case_that_waits_says_for_what_since_when_and_whose_move_it_is(stack: Stack) -> None:
    filing = await stack.family()
    await stack.faults("residence", suspect_duplicate_rate=1)
    await stack.faults("social-insurance", down=True)
    try:
        code = await stack.file(filing)
        told = await explained(stack, code)
        assert "Khai sinh liên thông: đã tiếp nhận, tại Ủy ban nhân dân phường Hoàn Kiếm." in told
        await stack.accept(code)
        await stack.task(code, "signature")
        assert "Ký văn bản" in await explained(stack, code)
        await stack.sign(code)
        await stack.until(code, lambda v: v["incidents"] and leg(v, "health_card")["state"] == "sent")
        failed = "the last one: AgencyUnavailable"  # a call that was sent need not have failed yet
        english = await eventually(lambda: explained(stack, code, "--english"), lambda said: failed in said)
        told = await explained(stack, code)
    finally:
        await stack.clear("residence", "social-insurance")
    assert "bên phải làm tiếp: Bảo hiểm xã hội" in told
    assert "Đang gọi issue_card: lần thứ" in told
    assert f"Bước mắc {code}.register_residence.1" in told
    for line in ("next to move: ", "Calling issue_card: attempt", failed, "To do: "):
        assert line in english
    for name in _names(filing):
        assert name not in told + english


async def test_a_closed_case_says_what_happened(stack: Stack) -> None:
    code = await stack.file()
    await stack.walk(code)
    told = await explained(stack, code, "--english")
    assert "What it waits for" not in told
    assert "What happened" in told
    assert f"({'clerk-sample'})" in told


async def test_only_support_is_told(stack: Stack) -> None:
    code = await stack.file()
    assert (await stack.get(f"/v1/dossiers/{code}/explanation", "clerk")).status_code == 403


def _where(stack: Stack) -> tuple[str, ...]:
    return "--url", str(stack.http.base_url).rstrip("/"), "--agencies", environment(stack)["LIENTHONG_AGENCIES_URL"]


def _names(filing: dict[str, Any]) -> list[str]:
    declaration = filing["declaration"]
    people = (declaration["mother"], declaration["father"], filing["applicant"])
    child = declaration["child"]
    return [*(each["full_name"] for each in people), *(each["personal_id"] for each in people), child["given_name"]]
