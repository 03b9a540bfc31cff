"""Between an office's last day and the move of its dossiers nothing is begun in its name, and nothing hangs."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.documents import SignatureRejected, SignerRequest
from records.database import Database
from tests.records.samples import OFFICE
from tests.workers.signing_desk import VICE, WARD, SigningDesk, signing_desk


@pytest.fixture
async def desk(sqlite: Database, tmp_path: Path) -> AsyncIterator[SigningDesk]:
    async with signing_desk(sqlite, tmp_path) as opened:
        await opened.drafted()
        await opened.on_duty(VICE)
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        await opened.offices.load([WARD.model_copy(update={"valid_to": yesterday})])
        yield opened


@pytest.mark.parametrize("certificate", [None, "0" * 64], ids=["remote", "token"])
async def test_its_draft_is_made_ready_for_nobody_more(desk: SigningDesk, certificate: str | None) -> None:
    asked = SignerRequest(dossier=desk.code, office=OFFICE, draft=desk.draft, by=VICE, certificate=certificate)
    refused = await desk.room.prepare_for(asked)
    assert isinstance(refused, SignatureRejected)
    assert refused.problem == "stale-document"


async def test_a_draft_in_its_name_waits_for_a_register_that_says_who_carries_on(desk: SigningDesk) -> None:
    with pytest.raises(LookupError):
        await desk.room.draft_certificate(desk.request.model_copy(update={"issued_at": datetime.now(UTC)}))
