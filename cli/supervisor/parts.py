"""What a part of the stack is: a command, what must be ready before it, and how one sees that it is ready itself."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

Probe = Callable[[], Awaitable[bool]]


async def at_once() -> bool:
    """Ready as soon as it runs."""
    return True


@dataclass(frozen=True)
class Part:
    """One process. `ports`: what it listens on, and the setting that moves it. `grace`: seconds to end by itself."""

    name: str
    command: tuple[str, ...]
    ready: Probe = at_once
    after: tuple[str, ...] = ()
    once: bool = False
    """Ready when it has ended well; a second run would change nothing."""
    ports: Mapping[int, str] = field(default_factory=dict)
    grace: float = 2.0
    orphaned: signal.Signals = signal.SIGTERM
    """What it gets when the supervisor was killed."""
