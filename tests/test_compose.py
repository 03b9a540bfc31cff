"""The production composition, read by the real parser: what it must promise, and that the parser would object."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.agencies import Agency
from contracts.queues import DOCUMENTS, JOURNAL, of
from workers.wiring import GROUPS

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "compose" / "example.env"
ONE_SHOT = {"engine-schema", "engine-namespace", "bootstrap"}
PUBLISHED = {"api", "engine-ui"}


def parsed(file: Path = ROOT / "docker-compose.yml", variables: Path = EXAMPLE) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).parent / "docker-compose"), "--file", str(file), "--env-file", str(variables)]
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("LIENTHONG_", "POSTGRES_"))}
    return subprocess.run(  # noqa: S603  # the parser, on our own file
        [*command, "--profile", "sim", "config", "--format", "json"],
        cwd=ROOT,
        env=ours,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    done = parsed()
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return found


def test_every_service_is_watched_unless_it_runs_once(services: dict[str, dict[str, Any]]) -> None:
    assert {name for name, service in services.items() if "healthcheck" not in service} == ONE_SHOT


def test_every_service_comes_back_by_itself(services: dict[str, dict[str, Any]]) -> None:
    restarts = {name: service["restart"].partition(":")[0] for name, service in services.items()}
    assert restarts == {name: "on-failure" if name in ONE_SHOT else "unless-stopped" for name in services}


def test_every_image_has_a_version(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        assert re.search(r":(?!latest)[\w.-]+$", service["image"])
        assert not service["image"].endswith(":main")


def test_every_container_is_as_weak_as_it_can_be(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service.get("privileged")


def test_only_the_api_and_the_engines_page_are_published_and_only_here(services: dict[str, dict[str, Any]]) -> None:
    ports = {name: service["ports"] for name, service in services.items() if service.get("ports")}
    assert set(ports) == PUBLISHED
    assert {port["host_ip"] for listed in ports.values() for port in listed} == {"127.0.0.1"}


def test_database_and_engine_cannot_be_reached_from_outside(services: dict[str, dict[str, Any]]) -> None:
    assert all(set(services[name]["networks"]) == {"inside"} for name in ("postgres", "engine"))


def test_every_group_of_queues_has_its_workers(services: dict[str, dict[str, Any]]) -> None:
    served = {
        service["environment"]["LIENTHONG_WORKER_GROUPS"]: service["environment"]["QUEUE"]
        for name, service in services.items()
        if name.startswith("workers-")
    }
    agencies: dict[str, tuple[Agency, ...]] = GROUPS
    queues = {"workflows": {JOURNAL}, "documents": {DOCUMENTS}}
    queues |= {group: {of(agency) for agency in members} for group, members in agencies.items()}
    assert set(served) == set(queues)
    assert all(queue in queues[group] for group, queue in served.items())


def test_nothing_starts_before_what_it_needs(services: dict[str, dict[str, Any]]) -> None:
    order = {name: set(service.get("depends_on", {})) for name, service in services.items()}
    assert order["engine"] == {"engine-schema"}
    assert order["bootstrap"] >= {"postgres", "engine-namespace"}
    assert all(order[name] == {"bootstrap"} for name in services if name.startswith(("workers-", "api")))


def test_our_processes_refuse_the_local_secrets(services: dict[str, dict[str, Any]]) -> None:
    ours = [service for name, service in services.items() if name.startswith(("workers-", "api", "bootstrap"))]
    assert {service["environment"]["LIENTHONG_ENVIRONMENT"] for service in ours} == {"production"}


@pytest.mark.parametrize(
    "secret",
    [
        "POSTGRES_PASSWORD",
        "LIENTHONG_MASTER_KEY",
        "LIENTHONG_SIGNING_SECRET",
        "LIENTHONG_CALLBACK_SECRETS",
        "LIENTHONG_LOGIN_SECRET",
    ],
)
def test_a_missing_secret_is_named(secret: str, tmp_path: Path) -> None:
    kept = [line for line in EXAMPLE.read_text().splitlines() if not line.startswith(secret)]
    variables = tmp_path / ".env"
    variables.write_text("\n".join(kept))
    done = parsed(variables=variables)
    assert done.returncode != 0
    assert f"{secret} is missing" in done.stderr


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("condition: service_healthy", "condition: service_happy"),
        ("cap_drop:", "cap_dropped:"),
        ("postgres: {condition", "postgress: {condition"),
    ],
)
def test_a_broken_composition_is_refused(right: str, wrong: str, tmp_path: Path) -> None:
    broken = tmp_path / "docker-compose.yml"
    text = (ROOT / "docker-compose.yml").read_text()
    assert right in text
    broken.write_text(text.replace(right, wrong))
    assert parsed(file=broken).returncode != 0


def test_the_image_holds_every_room_that_runs() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    copied = set(re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    shown = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert copied == shown == rooms
