"""How figures are spread, and how they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Percentiles of a sample, in the sample's unit."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, sample: Sequence[float]) -> "Spread":
        """Of at least one value; each percentile is a value that was seen."""
        ordered = sorted(sample)
        return cls(*(ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95, 0.99)))

    def shown(self, unit: str, factor: float = 1.0, digits: int = 0) -> str:
        """In words."""
        p50, p95, p99 = (f"{value * factor:.{digits}f}" for value in (self.p50, self.p95, self.p99))
        return f"p50 {p50}, p95 {p95}, p99 {p99} {unit}"


def by_part(values: Mapping[str, float], digits: int = 3, factor: float = 1.0) -> str:
    """One figure a process."""
    return ", ".join(f"{part} {value * factor:.{digits}f}" for part, value in values.items())
