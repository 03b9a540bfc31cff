"""`lienthong bench waiting` at small size: those that wait go on waiting, those that pass them come through."""

from collections.abc import Callable

import pytest

from cli.bench import waiting
from cli.bench.grounds import PARTS

pytestmark = pytest.mark.timeout(180)  # the stack is one of its own, with other settings


async def test_twenty_wait_and_five_pass_them(tell: Callable[[str], None]) -> None:
    lines: list[str] = []
    async with waiting.patient_grounds() as ground:
        figures = await waiting.waiting(ground, 20, 5, lines.append, idle_s=0.5)
    tell("\n  ".join(lines))
    assert figures.still_waiting == len(figures.opening.courses) == 20
    assert not [course for course in figures.opening.courses if course.closed]
    assert [(each.waiting, len(each.courses)) for each in (figures.before, *figures.after)] == [(0, 5), (20, 5)]
    assert {course.stage for each in figures.after for course in each.courses} == {"returned"}
    assert set(figures.opening.cpu) == set(figures.idle) == set(PARTS)
