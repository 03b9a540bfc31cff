"""The parts of the local stack: engine, stand-ins, bootstrap, workers, API."""

import signal
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

from cli import place
from cli.supervisor.parts import Part
from cli.supervisor.probes import answers, succeeds
from runtime.settings import Settings

TEMPORAL = str(place.PROGRAMS / "temporal")
ENGINE_TUNING = (
    "matching.numTaskqueueReadPartitions=1",  # exact priorities, and right for these volumes
    "matching.numTaskqueueWritePartitions=1",
    'history.timerProcessorMaxTimeShift="100ms"',  # else timers and retries come up to a second late
)


def parts(known: Settings) -> list[Part]:
    """In the order in which they start; they stop the other way round."""
    return [_engine(known), _agencies(known), _bootstrap(), _workers(known), _api(known)]


def environment(known: Settings) -> dict[str, str]:
    """What all parts are started with; the stand-ins get their own names for what they share with us."""
    agencies = urlsplit(known.agencies_url)
    stand_ins = {
        "SIM_HOST": agencies.hostname or "127.0.0.1",
        "SIM_PORT": str(agencies.port or 80),
        "SIM_STATE_DIR": str(known.state_dir / "sim"),
        "SIM_CALLBACK_URL": f"{place.api_url(known)}/v1/callbacks",
        "SIM_VNEID_ISSUER": known.issuer,
        "SIM_OFFICE": known.sample_office,
    }
    return {**place.environment(known), **stand_ins}


def addresses(known: Settings) -> list[tuple[str, str]]:
    """Where people and programs find what."""
    api = place.api_url(known)
    return [
        ("API", f"{api}/v1"),
        ("clerk's desk", f"{api}/desk"),
        ("Temporal", f"{known.temporal_address}, namespace {known.temporal_namespace}"),
        ("Temporal's UI", f"http://{_engine_host(known)}:{known.temporal_ui_port}"),
        ("agencies", known.agencies_url),
        ("issuer of tokens", known.issuer),
        ("state and logs", str(known.state_dir)),
    ]


def _engine_host(known: Settings) -> str:
    return known.temporal_address.rpartition(":")[0]


def _engine(known: Settings) -> Part:
    at = known.temporal_address
    host, _, port = at.rpartition(":")
    ui_port = known.temporal_ui_port
    return Part(
        "engine",
        (TEMPORAL, "server", "start-dev", *_engine_options(known, host, port, ui_port)),
        ready=succeeds(at, TEMPORAL, "operator", "cluster", "health", "--address", at),
        ports={int(port): "LIENTHONG_TEMPORAL_ADDRESS", ui_port: "LIENTHONG_TEMPORAL_UI_PORT"},
    )


def _engine_options(known: Settings, host: str, port: str, ui_port: int) -> Iterator[str]:
    yield from ("--ip", host, "--port", port, "--ui-port", str(ui_port), "--ui-disable-news-fetch")
    yield from ("--db-filename", str(known.state_dir / "temporal.db"))
    yield from ("--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=FULL")
    yield from ("--namespace", known.temporal_namespace, "--log-level", "warn")
    for setting in ENGINE_TUNING:
        yield from ("--dynamic-config-value", setting)


def _agencies(known: Settings) -> Part:
    port = urlsplit(known.agencies_url).port or 80
    return Part(
        "agencies",
        (sys.executable, "-m", "sim_agencies"),
        ready=answers(f"{known.agencies_url}/healthz"),
        ports={port: "LIENTHONG_AGENCIES_URL"},
        grace=1.5,
    )


def _bootstrap() -> Part:
    # It asks the stand-ins last of all, seconds after they have come up beside it; else it is simply tried again.
    return Part("bootstrap", (sys.executable, "-m", "workers", "bootstrap"), after=("engine",), once=True, grace=0.5)


def _workers(known: Settings) -> Part:
    ready = answers(f"{place.api_url(known)}/readyz")
    return Part(
        "workers",
        (sys.executable, "-m", "workers"),
        ready=ready,
        after=("bootstrap",),
        grace=3.5,
        orphaned=signal.SIGKILL,  # with the engine gone as well, half a minute would pass before they end by themselves
    )


def _api(known: Settings) -> Part:
    return Part(
        "api",
        (sys.executable, "-m", "api"),
        ready=answers(f"{place.api_url(known)}/healthz"),
        after=("agencies",),  # leaves the processors to what the workers wait for
        ports={known.api_port: "LIENTHONG_API_PORT"},
        grace=2.5,
    )
