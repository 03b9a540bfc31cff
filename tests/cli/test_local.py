"""The local stack's parts and settings: one address moved moves everything that follows from it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import local, place

MOVED = {
    "LIENTHONG_AGENCIES_URL": "http://127.0.0.1:18100",
    "LIENTHONG_API_PORT": "18000",
    "LIENTHONG_TEMPORAL_ADDRESS": "127.0.0.1:17233",
    "LIENTHONG_TEMPORAL_UI_PORT": "18233",
}


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name, value in {**MOVED, "LIENTHONG_STATE_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return tmp_path


def test_what_follows_from_an_address_moves_with_it(moved: Path) -> None:
    told = local.environment(place.settings())
    assert told["LIENTHONG_ISSUER"] == told["SIM_VNEID_ISSUER"] == "http://127.0.0.1:18100/vneid"
    assert told["LIENTHONG_SIGNING_URL"] == "http://127.0.0.1:18100/signing"
    assert told["LIENTHONG_PUBLIC_URL"] == "http://127.0.0.1:18000"
    assert told["SIM_CALLBACK_URL"] == "http://127.0.0.1:18000/v1/callbacks"
    assert (told["SIM_HOST"], told["SIM_PORT"]) == ("127.0.0.1", "18100")
    assert told["SIM_STATE_DIR"] == str(moved / "sim")


def test_what_was_set_itself_stays(moved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_PUBLIC_URL", "https://lien-thong.example")
    assert place.settings().public_url == "https://lien-thong.example"


def test_parts_compile_once_and_reach_each_other_past_any_proxy(moved: Path) -> None:
    told = local.environment(place.settings())
    assert "PYTHONDONTWRITEBYTECODE" not in told
    assert {"127.0.0.1", "localhost"} <= set(told["NO_PROXY"].split(","))


def test_state_lies_in_the_products_folder_wherever_one_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LIENTHONG_STATE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert place.settings().state_dir == place.ROOT / "var"


def test_every_port_names_the_setting_that_moves_it(moved: Path) -> None:
    named = {setting: port for part in local.parts(place.settings()) for port, setting in part.ports.items()}
    assert named == {
        "LIENTHONG_TEMPORAL_ADDRESS": 17233,
        "LIENTHONG_TEMPORAL_UI_PORT": 18233,
        "LIENTHONG_AGENCIES_URL": 18100,
        "LIENTHONG_API_PORT": 18000,
    }


def test_the_engine_keeps_its_state_safely_and_listens_here_alone(moved: Path) -> None:
    engine = " ".join(local.parts(place.settings())[0].command)
    for words in ("--ip 127.0.0.1", f"--db-filename {moved}/temporal.db", "journal_mode=WAL", "synchronous=FULL"):
        assert words in engine


def test_all_parts_end_within_ten_seconds(moved: Path) -> None:
    assert sum(part.grace for part in local.parts(place.settings())) <= 10


def test_the_launcher_works_from_any_folder(tmp_path: Path) -> None:
    product, elsewhere = tmp_path / "product", tmp_path / "elsewhere"
    (product / ".venv" / "bin").mkdir(parents=True)
    (elsewhere / "cli").mkdir(parents=True)  # must not be taken for ours
    for room in ("cli", "contracts", "runtime"):
        (product / room).symlink_to(place.ROOT / room)
    python, launcher = product / ".venv" / "bin" / "python", product / ".venv" / "bin" / "lienthong"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    launcher.write_bytes((place.ROOT / "cli" / "launcher.sh").read_bytes())
    for program in (python, launcher):
        program.chmod(0o755)
    done = subprocess.run(  # noqa: S603  # our own launcher
        [launcher, "token", "--help"], cwd=elsewhere, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Print a bearer token alone" in done.stdout
