"""A merit file goes through its chain: each link has its date, is asked about before it ends, and reminded of."""

from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.testing import TimeSkipper

from contracts.agencies import Agency, Granted, Pending, Step
from contracts.benefit_steps import BenefitDecided, Progress
from contracts.dossier import LegKind, LegState
from contracts.journal import EventKind
from contracts.legs import Act
from tests.workflows.death import Death
from tests.workflows.filed import PATIENT, leg
from tests.workflows.town import DAY

SILENT = PATIENT.model_copy(update={"first_enquiry": timedelta(days=60).total_seconds()})
"""No enquiry disturbs the count of what is asked."""


@pytest.mark.history("death-reminded")
async def test_a_payer_that_does_not_move_on_is_reminded_before_each_link_ends(engine: Client, death: Death) -> None:
    death.town.party(Step.DECIDE_FUNERAL).will(Pending(reference="D-1"))
    await _until_pending(death)
    links = leg(death.state, LegKind.FUNERAL).links
    assert [link.act for link in links] == [Act.EXAMINE, Act.DECIDE]
    await TimeSkipper(engine).fast_forward(death.handle, timedelta(days=40))
    await death.until(lambda _: len(death.town.reminders) == 2, patience=30)
    assert [(each.reference, each.act, each.due_at) for each in death.town.reminders] == [
        ("D-1", link.act, link.due_at) for link in links
    ]
    await _decided(death)
    state = await death.end()
    assert leg(state, LegKind.FUNERAL).state is LegState.GRANTED
    assert death.town.journal.kinds().count(EventKind.PAYER_REMINDED) == 2


async def test_a_payer_that_is_further_on_is_left_in_peace(engine: Client, death: Death) -> None:
    death.town.party(Step.DECIDE_FUNERAL).will(Pending(reference="D-1"))
    death.town.progress = Progress(act=Act.DECIDE)
    await _until_pending(death)
    last = leg(death.state, LegKind.FUNERAL).links[-1]
    await TimeSkipper(engine).fast_forward(death.handle, timedelta(days=40))
    await death.until(lambda _: death.town.reminders, patience=30)
    assert [each.act for each in death.town.reminders] == [last.act], "only the link that it is in"
    await _decided(death)
    await death.end()


async def _until_pending(death: Death) -> None:
    await death.file(pace=SILENT)
    await death.accept()
    await death.sign()
    await death.until(lambda state: leg(state, LegKind.FUNERAL).state is LegState.PENDING)


async def _decided(death: Death) -> None:
    amount = leg(death.state, LegKind.FUNERAL).amount or 0
    decided = BenefitDecided(decision_number="9/QĐ-2026", decided_on=DAY, amount=amount)
    await death.call_back(Step.DECIDE_FUNERAL, "D-1", Granted(result=decided), agency=Agency.LABOUR)
