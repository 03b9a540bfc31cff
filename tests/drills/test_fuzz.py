"""Whatever is sent, every answer is a documented one, none is a server error, and none is waited for in vain."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from cli import scripted
from cli.bench.grounds import Grounds, grounds
from contracts.dossier import Stage
from tests.drills.barrage import fire, gunner
from tests.drills.fuzzing import fuzzed
from tests.drills.stages import Stages, at_every_stage, filed, signable

Tell = Callable[[str], None]
SEED = 7
SOON_S, CERTAINLY_S = 5.0, 20.0
"""A machine that runs every other test beside this one may be slower than one that drills alone."""
TO_SIGN = 6
"""Signatures that the garbled ones are spread over."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def range_() -> AsyncIterator[tuple[Grounds, Stages]]:
    """A stack that is nobody else's: what is filed and decided here at random stands in nobody's way."""
    async with grounds() as ground:
        await ground.ready()
        yield ground, await at_every_stage(ground.stack)


@pytest.mark.timeout(240)
async def test_every_answer_to_any_call_is_one_that_the_description_names(
    range_: tuple[Grounds, Stages], full: bool, tell: Tell, tmp_path: Path
) -> None:
    ground, stages = range_
    run = await fuzzed(ground.stack, stages, tmp_path, examples=40 if full else 2, thorough=full)
    assert run.code == 0, run.output
    tell(f"schemathesis: {run.figures}")
    assert len(run.calls) >= (2000 if full else 500)
    for answer in run.unknown:
        assert "retry-after" in {header["name"].lower() for header in answer["headers"]}, answer
        assert "outcome-unknown" in answer["content"]["text"], answer


@pytest.mark.timeout(240)
async def test_garbled_callbacks_and_uploads_are_refused_soon_and_change_nothing_for_others(
    range_: tuple[Grounds, Stages], full: bool, tell: Tell
) -> None:
    ground, stages = range_
    tasks = [(await signable(ground.stack))[0] for _ in range(TO_SIGN if full else 1)]
    shots = (await gunner(ground.stack, stages.codes, tasks)).shots(SEED, 2000 if full else 150)
    barrage = await fire(shots, ground.settings, SOON_S if full else CERTAINLY_S)
    tell(f"garbled callbacks and uploads: {barrage.figures}")
    assert not barrage.failed, "\n".join(barrage.failed)
    assert barrage.statuses.total() == (2000 if full else 150)
    await ground.ready(patience=SOON_S if full else CERTAINLY_S)
    view = await scripted.walk(ground.stack, await filed(ground.stack))
    assert view["stage"] == Stage.RETURNED
