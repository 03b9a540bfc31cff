"""Dossiers under way must be able to go on under this code: every recorded history replays, none may be missing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from runtime.temporal import DossierPlugin
from tests.keys import DerivedKeys
from tests.workflows.shortened import WithoutHealthCard
from workflows.birth import BirthDossier
from workflows.courier import Courier
from workflows.parking import ParkingInterceptor
from workflows.procedures import PROCEDURES

HISTORIES = Path(__file__).parent / "histories"
PATHS = {
    "callback",
    "death-2",
    "death-4",
    "death-bounced",
    "death-decision",
    "death-late-answers",
    "death-paid-elsewhere",
    "death-refused-leg",
    "death-reminded",
    "death-reversed",
    "death-sealed",
    "death-supplement",
    "difference",
    "duplicate",
    "enquiry",
    "give-up",
    "happy",
    "journal-away",
    "late-number",
    "leg-withdrawn",
    "merged-agencies-busy",
    "merged-death",
    "merged-review",
    "merged-signature",
    "number-refused",
    "record-result",
    "refused-leg",
    "rejected",
    "retry",
    "reopening-birth",
    "reopening-death",
    "reversal",
    "retry-with",
    "seal-late",
    "sealed",
    "signature-refused",
    "supplement",
    "supplement-unanswered",
    "unreadable",
    "withdrawn",
}
"""One a path through the procedure; a new path is a new name here, an old name never goes (histories/README.md)."""


def recorded(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(f"birth/{path.stem}", path.read_text(encoding="utf-8"))


async def every_history() -> AsyncIterator[WorkflowHistory]:
    for path in sorted(HISTORIES.glob("*.json")):
        yield recorded(path)


def replayer(*interceptors: ParkingInterceptor, instead: type | None = None) -> Replayer:
    dossiers = [instead or BirthDossier, *(each for each in PROCEDURES.values() if each is not BirthDossier)]
    return Replayer(workflows=[*dossiers, Courier], plugins=[DossierPlugin(DerivedKeys(), interceptors)])


def test_no_recorded_history_is_missing() -> None:
    assert {path.stem for path in HISTORIES.glob("*.json")} >= PATHS


async def test_every_recorded_history_replays_under_this_code() -> None:
    results = await replayer(ParkingInterceptor()).replay_workflows(every_history(), raise_on_replay_failure=False)
    assert not results.replay_failures


async def test_a_step_left_out_is_noticed() -> None:
    with pytest.raises(NondeterminismError):
        await replayer(ParkingInterceptor(), instead=WithoutHealthCard).replay_workflow(
            recorded(HISTORIES / "happy.json")
        )


async def test_incidents_do_not_replay_without_the_guard() -> None:
    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(recorded(HISTORIES / "retry.json"))


@pytest.mark.parametrize("path", sorted(HISTORIES.glob("*.json")), ids=lambda path: path.stem)
def test_a_history_shows_nobody_to_who_has_no_key(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "binary/encrypted" not in text, "the marker itself is base64"
    assert not [word for word in ("Nguyễn", "Hà Nội", "personal_id", "born_on", "applicant") if word in text]
