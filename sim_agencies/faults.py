"""Faults on demand: what may go wrong at an agency, and the reproducible draw of when it does."""

import hashlib
from collections import Counter
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Choice = TypeVar("Choice")
Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Bound = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _ordered(bounds: list[float]) -> list[float]:
    if bounds[0] > bounds[1]:
        raise ValueError("the lower bound comes first")
    return bounds


Range = Annotated[list[Bound], Field(min_length=2, max_length=2), AfterValidator(_ordered)]


class Faults(BaseModel):
    """One whole setting; absent means off, but for the two that then mean normal operation."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    down: bool = False
    latency_ms: Range = [0, 0]
    error_rate: Rate = 0
    lost_response_rate: Rate = 0
    malformed_rate: Rate = 0
    pending_rate: Rate | None = None
    answer_delay_s: Range | None = None
    callback_drop_rate: Rate = 0
    callback_duplicate_rate: Rate = 0
    refuse_rate: Rate = 0
    suspect_duplicate_rate: Rate = 0
    reject_rate: Rate = 0
    reject_text: str = "Yêu cầu không hợp lệ"
    """What is said to whom it rejects."""
    seed: int = 0


class Rejections(BaseModel):
    """Dossiers whose requests are rejected, whatever they ask for; the list is replaced as a whole."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    dossiers: list[str] = []
    text: str = "Yêu cầu không hợp lệ"


class Draw:
    """The dice of one request: equal (seed, operation, n) always fall alike."""

    def __init__(self, seed: int, operation: str, n: int) -> None:
        self._start = f"{seed}|{operation}|{n}|"

    def fraction(self, fault: str) -> float:
        digest = hashlib.blake2b((self._start + fault).encode(), digest_size=7).digest()
        return int.from_bytes(digest) / 2**56

    def hits(self, fault: str, rate: float) -> bool:
        return rate > 0 and self.fraction(fault) < rate

    def between(self, fault: str, bounds: list[float]) -> float:
        return bounds[0] + self.fraction(fault) * (bounds[1] - bounds[0])

    def one_of(self, fault: str, choices: tuple[Choice, ...]) -> Choice:
        return choices[int(self.fraction(fault) * len(choices))]


class FaultBoard:
    """The faults set for one agency, and how many requests of each operation have come since."""

    def __init__(self, agency: str) -> None:
        self._agency = agency
        self._seen: Counter[str] = Counter()
        self.setting = Faults()
        self.rejections = Rejections()

    def replace(self, setting: Faults) -> None:
        self.setting = setting
        self._seen.clear()

    def draw(self, operation: str) -> Draw:
        self._seen[operation] += 1
        return Draw(self.setting.seed, f"{self._agency}/{operation}", self._seen[operation])
