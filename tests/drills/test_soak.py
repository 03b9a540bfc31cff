"""Soak: mixed traffic for hours, faults coming and going; nothing grows, nothing stays behind, nobody is forgotten."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from cli import place
from cli.bench.grounds import PARTS, Grounds, grounds
from cli.bench.processes import MB
from cli.bench.spread import Spread
from cli.stack import Role
from tests.drills.audit import audit
from tests.drills.chart import Chart
from tests.drills.listening import Receiver, subscribed
from tests.drills.logs import untoward
from tests.drills.traffic import MIX, Ward
from tests.drills.weather import weather

pytestmark = pytest.mark.timeout(300)  # a stack of its own, and a minute's traffic
SEED = 20261122
PATIENCE_S = 120.0
"""For the last ones, all faults lifted: the latest answer takes 25 s, a pause between two attempts 15 s."""
OLDEST_S = 180.0
"""A dossier meets several agencies, each of which may be away for 20 s just then."""
FILES_MORE, THREADS_MORE = 12, 8
"""Connections are kept for a minute, threads for good: more of them than ever at once before is what a leak gives."""
GROWTH, GROWTH_LEAST = 0.1, 15 * MB
"""Through the second half. In two hours that is some 1,200 dossiers: a leak of 10 kB each is seen."""
REMEMBERED = 200_000
"""Bytes a dossier. The engine keeps closed dossiers and their events in memory for an hour (its `history.cacheTTL` and
`history.eventsCacheTTL`): until then it grows with each, afterwards it is as flat as the others."""
REMEMBERED_FOR_S = 3600.0
SERVER_TROUBLE = re.compile(r'^lienthong_http_requests_total\{.*status="5(?!03)..".*$', re.MULTILINE)


@dataclass(frozen=True)
class Size:
    """All in seconds; `every`: between two filings, `look`: between two samples."""

    lasts: float
    every: float = 3.0
    look: float = 15
    spell: float = 20
    calm: float = 10


SMALL = Size(lasts=45, every=1.5, look=1.5, spell=5, calm=2)


async def test_soak(full: bool, pytestconfig: pytest.Config, tell: Callable[[str], None]) -> None:
    size = Size(pytestconfig.getoption("--soak-minutes") * 60) if full else SMALL
    async with grounds() as ground:
        ward = Ward(ground.stack)
        chart = Chart(ground, ward)
        async with subscribed(ground) as receiver, chart.kept(size.look), ward.at_work():
            async with weather(ground.stack, SEED, size.spell, size.calm) as faults:
                await ward.file_steadily(size.every, size.lasts)
            await ward.all_closed(PATIENCE_S)
            await receiver.heard(ward.heard)
        _told(tell, ward, chart, faults)
        if full:
            chart.write(place.settings().state_dir / "soak.csv")
        await _nobody_was_forgotten(ground, ward, receiver)
        await _nothing_went_wrong(ground)
        _nothing_was_left_open(chart)
        if full:
            _nothing_grew(chart)
            assert max(sample.oldest for sample in chart.samples) <= OLDEST_S


def _told(tell: Callable[[str], None], ward: Ward, chart: Chart, faults: list[str]) -> None:
    lives = list(ward.lives.values())
    ended = Counter(f"{life.fate} {life.stage}" for life in lives)
    tell(f"{len(lives)} dossiers: {', '.join(f'{count} {how}' for how, count in ended.most_common())}")
    tell(f"{len(ward.heard)} events, {ward.reads} reads, {len(faults)} spells of trouble")
    tell(f"filing: {Spread.of([life.answered - life.filed for life in lives]).shown('ms', 1000)}")
    tell(f"from filing to the end: {Spread.of([life.age for life in lives]).shown('s')}")
    tell(f"oldest open dossier: {max(sample.oldest for sample in chart.samples):.0f} s")
    tell("\n  ".join(chart.lines()))


async def _nobody_was_forgotten(ground: Grounds, ward: Ward, receiver: Receiver) -> None:
    """Every dossier ended as it should, every partner and portal heard of it, and nobody has to decide anything."""
    stages = {code: life.fate.end for code, life in ward.lives.items()}
    assert {code: life.stage for code, life in ward.lives.items()} == stages
    assert {life.fate for life in ward.lives.values()} == set(MIX)
    assert receiver.in_order == ward.heard
    await audit(ground, list(stages), stages={code: end for code, end in stages.items() if end != "returned"})
    assert (await ground.stack.read("/v1/incidents", Role.SUPPORT))["items"] == []
    assert (await ground.stack.read("/v1/tasks", Role.CLERK))["items"] == []


async def _nothing_went_wrong(ground: Grounds) -> None:
    """No answer says that the server is broken, no log that something went wrong, and no process has ended."""
    async with httpx.AsyncClient(trust_env=False) as http:
        answered = (await http.get(f"{place.api_url(ground.settings)}/metrics")).text
    assert SERVER_TROUBLE.findall(answered) == []
    assert untoward(ground.logs()) == []
    assert [line for line in ground.told if "started again" in line] == []


def _nothing_was_left_open(chart: Chart) -> None:
    """Files and threads come and go with the traffic; those that stay are counted against the first half's most."""
    for part in PARTS:
        for figure, more in (("files", FILES_MORE), ("threads", THREADS_MORE)):
            early, late = chart.halves(part, figure)
            assert min(late[-3:]) <= max(early) + more, f"{part} keeps {figure}: {early} then {late}"


def _nothing_grew(chart: Chart) -> None:
    """The second half, when everything has been used before, ends with as much memory as it began with."""
    for part in PARTS:
        memory = chart.trend(part, "rss")
        most = max(memory.mean * GROWTH, GROWTH_LEAST)
        if part == "engine" and chart.samples[-1].at / 2 < REMEMBERED_FOR_S:
            most = max(most, chart.ended_late * REMEMBERED)
        assert memory.grown <= most, "\n".join([f"{part} may grow by {most / MB:.0f} MB", *chart.lines()])
