"""Options of every test run, and where it writes."""

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")  # noqa: S108  # the system's own files in memory
ENOUGH = 4 * 2**30
END_TO_END = {Path(__file__).parent / room for room in ("e2e", "drills")}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="drills at full size, as `make drill` runs them")
    parser.addoption("--soak-minutes", type=float, default=120.0, help="how long the full soak takes")


def pytest_configure(config: pytest.Config) -> None:
    """What is thrown away at the end need not wait for a disk; figures of full drills are those of a disk."""
    gc.disable()
    if "TMPDIR" in os.environ or config.getoption("--full"):
        return
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
        tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What the fast tier leaves out, all of two rooms, it need not read either."""
    return True if collection_path in END_TO_END and config.option.markexpr == "not e2e" else None


def pytest_collection_finish() -> None:
    """What was loaded and collected stays: until here, and among it, nobody looks for garbage."""
    gc.freeze()
    gc.enable()
