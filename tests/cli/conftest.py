"""Small parts for the supervisor, and a stack that answers from memory."""

import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from cli.supervisor.processes import Home
from runtime.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "var", tmp_path, dict(os.environ))
    made.prepare()
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "var")


@pytest.fixture
def talking() -> Callable[[Callable[[httpx.Request], httpx.Response]], httpx.AsyncClient]:
    """A client whose requests one function answers."""
    return lambda answer: httpx.AsyncClient(transport=httpx.MockTransport(answer))
