"""The benchmarks at small size: they run, count right, and print what they are asked for."""

from collections.abc import Callable

import pytest

from cli.bench import dossiers as of_dossiers
from cli.bench import filing as of_filing
from cli.bench.grounds import Grounds
from cli.bench.spread import Spread

Tell = Callable[[str], None]


@pytest.mark.timeout(120)
async def test_births_and_bare_workflows_run_in_turn_on_the_same_server(
    ground: Grounds, full: bool, tell: Tell
) -> None:
    lines: list[str] = []
    if full:
        rounds = await of_dossiers.run(100, 3, lines.append)
    else:
        rounds = await of_dossiers.dossiers(ground, 4, 1, lines.append, warm_up=2)
    for one in rounds:
        assert len(one.courses) == one.count
        assert set(one.cpu) == {"engine", "agencies", "workers", "api", "people"}
        assert all(course.reviewable for course in one.courses)
    told = "\n  ".join(lines)
    tell(told)
    for figure in ("ratio: median", "core-seconds a dossier", "filing to review task", "memory, MB", "bare workflow"):
        assert figure in told


@pytest.mark.timeout(120)
async def test_every_bare_workflow_has_the_commands_of_a_dossier(ground: Grounds) -> None:
    lines: list[str] = []
    (done,) = await of_dossiers.dossiers(ground, 1, 1, lines.append, warm_up=1)
    shape = done.bare.shape
    commands = f"{shape.remote} activities, {shape.local} local, {shape.updates + 1} updates"
    assert shape.remote >= 4
    assert shape.local > 0
    assert lines[0].startswith(f"a dossier: {commands};")


@pytest.mark.timeout(120)
async def test_every_filing_is_answered_and_more_than_can_be_done_is_refused_politely(
    ground: Grounds, full: bool, tell: Tell
) -> None:
    lines: list[str] = []
    if full:
        slow, fast = await of_filing.run(60, of_filing.RATES, lines.append)
    else:
        slow, fast = await of_filing.filing(ground, 1, of_filing.RATES, lines.append)
    tell("\n  ".join(lines))
    seconds = 60 if full else 1
    assert (slow.counts.total(), fast.counts.total()) == (5 * seconds, 50 * seconds)
    assert set(slow.counts) | set(fast.counts) <= {202, 429, 503}, "and none was cut off"
    assert slow.counts[202] > 0


def test_percentiles_are_values_that_were_seen() -> None:
    assert Spread.of([7.0]) == Spread(7.0, 7.0, 7.0)
    assert Spread.of([float(n) for n in range(100, 0, -1)]) == Spread(51.0, 96.0, 100.0)
