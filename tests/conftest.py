"""Options of every test run."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="drills at full size, as `make drill` runs them")
    parser.addoption("--soak-minutes", type=float, default=120.0, help="how long the full soak takes")
