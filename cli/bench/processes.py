"""What the processes of a stack cost: processor time, memory, open files, threads."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from cli.bench.grounds import PARTS, Grounds

MB = 1_000_000


@dataclass(frozen=True)
class Use:
    """One process at one moment; the processor time is that since it started."""

    pid: int
    cpu_s: float
    rss: int
    """Bytes that it has in memory."""
    files: int
    """Everything that it holds open: files, sockets, pipes."""
    threads: int

    def cpu_since(self, before: "Use | None") -> float:
        """Core-seconds since an earlier look; those since its start where it was started in between."""
        return self.cpu_s - before.cpu_s if before and before.pid == self.pid else self.cpu_s


def snapshot(ground: Grounds) -> dict[str, Use]:
    """Every part by its name; one that has just died is missing until it runs again."""
    found = {part: _use(ground.pid(part)) for part in PARTS}
    return {part: use for part, use in found.items() if use}


def cpu_between(before: Mapping[str, Use], after: Mapping[str, Use]) -> dict[str, float]:
    """Core-seconds of each part; what a process that died in between had used is not known any more."""
    return {part: use.cpu_since(before.get(part)) for part, use in after.items()}


def _use(pid: int) -> Use | None:
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            return Use(
                pid=pid,
                cpu_s=times.user + times.system,
                rss=process.memory_info().rss,
                files=process.num_fds(),
                threads=process.num_threads(),
            )
    except psutil.Error:  # gone, or a moment before it is
        return None
