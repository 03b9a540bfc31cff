"""What the processes of a stack held in the course of a soak, and whether it grew."""

import asyncio
import csv
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, linear_regression

from cli.bench.grounds import PARTS, Grounds
from cli.bench.processes import MB, Use, snapshot
from tests.drills.traffic import Ward


@dataclass(frozen=True)
class Sample:
    """One look. `at`: seconds since the first; `oldest`: seconds that the oldest open dossier has taken so far."""

    at: float
    closed: int
    open: int
    oldest: float
    uses: dict[str, Use]


@dataclass(frozen=True)
class Trend:
    """How one figure of a process ran, from its straight line through the second half of the samples."""

    first: float
    last: float
    mean: float
    """Over the second half."""
    grown: float
    """From the beginning of the second half to the end."""
    per_dossier: float
    """Grown for each dossier that ended meanwhile."""


@dataclass
class Chart:
    """Every look that was taken."""

    ground: Grounds
    ward: Ward
    samples: list[Sample] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    @asynccontextmanager
    async def kept(self, every_s: float) -> AsyncIterator["Chart"]:
        """Samples are taken inside, and one last one at the end."""

        async def looking() -> None:
            while True:
                self.look()
                await asyncio.sleep(every_s)

        watch = asyncio.create_task(looking())
        try:
            yield self
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            self.look()

    def look(self) -> None:
        """Take a sample."""
        closed, open_ = len(self.ward.lives) - len(self.ward.open), len(self.ward.open)
        at = time.monotonic() - self._began
        self.samples.append(Sample(at, closed, open_, self.ward.oldest, snapshot(self.ground)))

    def halves(self, part: str, figure: str) -> tuple[list[float], list[float]]:
        """A field of `Use`, in the first and in the second half of the time."""
        middle = self.samples[-1].at / 2
        seen = [(each.at, float(getattr(each.uses[part], figure))) for each in self.samples if part in each.uses]
        return [value for at, value in seen if at < middle], [value for at, value in seen if at >= middle]

    @property
    def ended_late(self) -> int:
        """So many dossiers ended in the second half."""
        middle = self.samples[-1].at / 2
        return self.samples[-1].closed - max(each.closed for each in self.samples if each.at <= middle)

    def trend(self, part: str, figure: str) -> Trend:
        """`figure`: a field of `Use`."""
        seen = [(each.at, float(getattr(each.uses[part], figure))) for each in self.samples if part in each.uses]
        late = [(at, value) for at, value in seen if at >= self.samples[-1].at / 2]
        slope = linear_regression(*zip(*late, strict=True)).slope
        grown = slope * (late[-1][0] - late[0][0])
        return Trend(seen[0][1], seen[-1][1], fmean(value for _, value in late), grown, grown / max(self.ended_late, 1))

    def lines(self) -> list[str]:
        """A table of the parts."""
        found = [f"{'':<10}{'MB first':>10}{'last':>8}{'grown*':>8}{'kB/dossier*':>13}{'files':>10}{'threads':>11}"]
        for part in PARTS:
            memory, uses = self.trend(part, "rss"), [each.uses[part] for each in self.samples if part in each.uses]
            files, threads = sorted(use.files for use in uses), sorted(use.threads for use in uses)
            found.append(
                f"{part:<10}{memory.first / MB:>10.1f}{memory.last / MB:>8.1f}{memory.grown / MB:>8.1f}"
                f"{memory.per_dossier / 1000:>13.1f}{f'{files[0]}–{files[-1]}':>10}{f'{threads[0]}–{threads[-1]}':>11}"
            )
        return [*found, "* second half, by a straight line through it"]

    def write(self, path: Path) -> None:
        """One row a sample, for plotting."""
        path.parent.mkdir(parents=True, exist_ok=True)
        figures = ("cpu_s", "rss", "files", "threads")
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            columns = [f"{part}_{figure}" for part in PARTS for figure in figures]
            rows.writerow(["at_s", "closed", "open", "oldest_s", *columns])
            for each in self.samples:
                used = [getattr(each.uses.get(part), figure, "") for part in PARTS for figure in figures]
                rows.writerow([f"{each.at:.1f}", each.closed, each.open, f"{each.oldest:.1f}", *used])
