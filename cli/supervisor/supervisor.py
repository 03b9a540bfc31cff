"""The supervisor: every part in its order, again whenever it dies, and all of it down in time."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from cli.supervisor.parts import Part
from cli.supervisor.processes import Child, Home, ended
from cli.trouble import Trouble

Tell = Callable[[str], None]
PROBE_EVERY_S = 0.2
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
HEALTHY_AFTER_S = 30.0
TRIES = 3
START_WITHIN_S = 120.0
STOP_WITHIN_S = 9.0
TAIL_LINES = 15


class StartFailed(Trouble):
    """A part that does not come up."""


class Supervisor:
    """Runs the parts until asked to stop. Parts stand in their order of starting; they stop the other way round."""

    def __init__(self, parts: Sequence[Part], home: Home, tell: Tell, start_within: float = START_WITHIN_S) -> None:
        self._parts = parts
        self._home = home
        self._tell = tell
        self._start_within = start_within
        self._ready = {part.name: asyncio.Event() for part in parts}
        self._children: dict[str, Child] = {}
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._began = time.monotonic()

    def pid(self, part: str) -> int:
        """The process that is a part now, or was until it died a moment ago."""
        return self._children[part].pid

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything is ready inside, and down afterwards; ends early with the cause when a part does not come up."""
        ready = asyncio.Event()

        async def all_ready() -> None:
            ready.set()

        main = asyncio.create_task(self.run(all_ready, lambda: None))
        up = asyncio.create_task(ready.wait())
        try:
            await asyncio.wait({main, up}, return_when=asyncio.FIRST_COMPLETED)
            if ready.is_set():
                yield
        finally:
            up.cancel()
            self.ask_stop()
            await main

    def ask_stop(self) -> None:
        """Stop; asked twice, stop without waiting for anybody."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    async def run(self, when_ready: Callable[[], Awaitable[None]], when_stopping: Callable[[], None]) -> None:
        """Start everything, say when it is ready, and keep it so until asked to stop."""
        self._began = time.monotonic()
        keepers = [asyncio.create_task(self._keep(part)) for part in self._parts]
        main = asyncio.create_task(self._serve(when_ready))
        asked = asyncio.create_task(self._stop.wait())
        running = {*keepers, main}
        try:
            while running and not asked.done():
                done, _ = await asyncio.wait({*running, asked}, return_when=asyncio.FIRST_COMPLETED)
                running -= done
                for task in done:
                    task.result()
        finally:
            when_stopping()
            await _cancel([*keepers, main, asked])
            await self._stop_all()

    async def _serve(self, when_ready: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(self._start_within):
                await asyncio.gather(*(event.wait() for event in self._ready.values()))
        except TimeoutError as err:
            late = [name for name, event in self._ready.items() if not event.is_set()]
            raise StartFailed("\n".join([f"not ready in time: {', '.join(late)}", *map(self._tail, late)])) from err
        await when_ready()

    async def _keep(self, part: Part) -> None:
        """Start a part when what it needs is ready; start it again whenever it dies."""
        for name in part.after:
            await self._ready[name].wait()
        deaths = 0
        while True:
            child = self._children[part.name] = await Child.start(part, self._home)
            watch = asyncio.create_task(self._watch(part, again=deaths > 0))
            code = await child.wait()
            await _cancel([watch])
            if part.once and code == 0:
                self._is_ready(part, again=False)
                return
            deaths = 1 if child.age > HEALTHY_AFTER_S else deaths + 1
            if deaths >= TRIES and not self._ready[part.name].is_set():
                raise StartFailed(f"{part.name} {ended(code)}, {deaths} times over\n{self._tail(part.name)}")
            pause = min(FIRST_PAUSE_S * 2 ** (deaths - 1), LONGEST_PAUSE_S)
            self._tell(f"{part.name} {ended(code)}; started again in {pause:g} s (log: {self._home.log(part.name)})")
            await asyncio.sleep(pause)

    async def _watch(self, part: Part, *, again: bool) -> None:
        if part.once:
            return
        while not await part.ready():  # noqa: ASYNC110  # another program's state can only be asked for
            await asyncio.sleep(PROBE_EVERY_S)
        self._is_ready(part, again=again)

    def _is_ready(self, part: Part, *, again: bool) -> None:
        took = "again" if again else f"after {time.monotonic() - self._began:.1f} s"
        self._tell(f"{part.name:<10} {'done' if part.once else 'ready'} {took}")
        self._ready[part.name].set()

    async def _stop_all(self) -> None:
        deadline = time.monotonic() + STOP_WITHIN_S
        for part in reversed(self._parts):
            if child := self._children.get(part.name):
                left = max(0.0, deadline - time.monotonic())
                if not await self._stop_one(child, min(part.grace, left)):
                    self._tell(f"{part.name} did not end in time and was killed")

    async def _stop_one(self, child: Child, grace: float) -> bool:
        stopped = asyncio.create_task(child.stop(grace))
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({stopped, hurry}, return_when=asyncio.FIRST_COMPLETED)
        await _cancel([hurry])
        if not stopped.done():
            await _cancel([stopped])
            return await child.stop(0)
        return stopped.result()

    def _tail(self, name: str) -> str:
        with suppress(OSError):
            lines = self._home.log(name).read_text(encoding="utf-8", errors="replace").splitlines()
            return "\n".join([f"the end of {self._home.log(name)}:", *(f"  {line}" for line in lines[-TAIL_LINES:])])
        return ""


async def _cancel(tasks: Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
