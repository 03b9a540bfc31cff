"""`lienthong bench outage` at small size: what waited for an agency drains once, what it rejects is reported."""

from collections import Counter
from collections.abc import Callable

import pytest

from cli.bench import outage
from cli.bench.grounds import grounds

pytestmark = pytest.mark.timeout(240)  # the stack is one of its own, with other settings
SOON = {
    "retry_cap": 2.0,
    "expected_answer": 2.0,
    "breaker_opens_after": 1.0,
    "breaker_probes_every": 0.5,
    "replay_watches": 2,
    "replay_in_hand": 1,
}


async def test_an_outage_drains_once_and_what_is_rejected_then_is_reported(
    full: bool, tell: Callable[[str], None]
) -> None:
    count, rejected = (outage.COUNT, outage.REJECTED) if full else (20, 4)
    lines: list[str] = []
    async with grounds(**({} if full else SOON)) as ground:
        figures = await outage.outage(ground, count, rejected, outage.LIMIT, lines.append)
    tell("\n  ".join(lines))
    assert figures.health_cards == figures.overdue == figures.returned == count
    assert figures.effects == {1: count}, "each effect once"
    assert figures.moved_clocks == 0
    again = figures.rejected
    counted = {"selected": rejected, "verified": 0, "failed": rejected, "skipped": 0, "remaining": 0, "in_hand": 0}
    assert (again.counts, again.listed) == (counted, rejected)
    assert again.pauses["errors"] >= 1
    assert again.at_first_pause is not None
    assert again.at_first_pause["remaining"] > 0
    assert figures.mended.counts == {**counted, "verified": rejected, "failed": 0}
    assert figures.mended.pauses == Counter()
