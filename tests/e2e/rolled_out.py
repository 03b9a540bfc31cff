"""The operator's command beside a running stack, and copies of the product with something changed in them."""

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "contracts",
    "policy",
    "workflows",
    "activities",
    "adapters",
    "documents",
    "records",
    "runtime",
    "workers",
    "cli",
)


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


async def lienthong(stack: Stack, *arguments: str, root: Path = ROOT) -> Said:
    """Run a command as an operator does, by the code that lies at `root`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *arguments),
        cwd=root,
        env={**os.environ, **environment(stack), "PYTHONPATH": str(root)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Said(process.returncode or 0, out.decode(), err.decode())


def environment(stack: Stack) -> dict[str, str]:
    """The settings of a running stack, for another process."""
    given = stack.settings
    told = {name: getattr(given, name) for name in given.model_fields_set}
    return {f"LIENTHONG_{name.upper()}": str(value) for name, value in told.items() if value is not None}


def copied(to: Path, room: str, before: str, after: str) -> Path:
    """A copy of the product in which one text is another."""
    for each in ROOMS:
        shutil.copytree(ROOT / each, to / each, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "orchestrator.py", to)
    source = (to / room).read_text(encoding="utf-8")
    assert source.count(before) == 1, "the text to change stands there once"
    (to / room).write_text(source.replace(before, after), encoding="utf-8")
    return to
