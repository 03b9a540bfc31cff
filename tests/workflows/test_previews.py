"""Agencies are asked how cases stand, beside the dossiers; who is away has not answered."""

import asyncio

from temporalio.client import Client

from contracts.agencies import Agency, Step
from contracts.dossier import LegKind, LegState
from contracts.failures import AgencyUnavailable
from contracts.standings import Standing, StandingAnswer, StandingQuestion
from orchestrator import Orchestrator
from tests.workflows.birth import Birth, leg


async def test_everybody_is_asked_at_once_and_who_is_away_is_not_waited_for(birth: Birth, engine: Client) -> None:
    await birth.file()
    birth.town.standings = {
        "granted": StandingAnswer(key="granted", standing=Standing.GRANTED),
        "away": AgencyUnavailable("away"),
    }
    questions = tuple(
        StandingQuestion(agency=agency, dossier=birth.code, key=key)
        for agency, key in ((Agency.RESIDENCE, "granted"), (Agency.LABOUR, "away"), (Agency.POPULATION, "unknown"))
    )
    async with asyncio.timeout(10):
        told = await Orchestrator(engine, timeout=8).ask_agencies(questions)
    assert [each.standing if each else None for each in told] == [Standing.GRANTED, None, Standing.UNKNOWN]
    assert not birth.town.party(Step.REGISTER).asked
    assert leg(birth.state, LegKind.CIVIL_STATUS).state is LegState.WAITING
