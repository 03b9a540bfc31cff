"""`lienthong bench waiting` at small size: those that wait go on waiting, those that pass them come through."""

from collections.abc import Callable

import pytest

from cli.bench import waiting
from cli.bench.grounds import PARTS

pytestmark = pytest.mark.timeout(180)  # the stack is one of its own, with other settings


async def test_those_that_wait_go_on_waiting_while_others_pass_them(full: bool, tell: Callable[[str], None]) -> None:
    count, through, idle = (5000, 500, 60.0) if full else (20, 5, 0.5)
    lines: list[str] = []
    async with waiting.patient_grounds() as ground:
        figures = await waiting.waiting(ground, count, through, lines.append, idle_s=idle)
    tell("\n  ".join(lines))
    assert figures.still_waiting == len(figures.opening.courses) == count
    assert not [course for course in figures.opening.courses if course.closed]
    assert (figures.before.waiting, {each.waiting for each in figures.after}) == (0, {count})
    assert sum(len(each.courses) for each in figures.after) == through
    assert {course.stage for each in figures.after for course in each.courses} == {"returned"}
    assert set(figures.opening.cpu) == set(figures.idle) == set(PARTS)
