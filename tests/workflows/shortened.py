"""The birth procedure with a step left out, for the test that replay notices it."""

from temporalio import workflow

from contracts.agencies import CertificateRef
from contracts.birth_steps import BirthRegistered
from contracts.tasks import BirthOpening
from workflows.birth import BirthDossier


@workflow.defn(name="BirthDossier")
class WithoutHealthCard(BirthDossier):
    """Somebody forgot the health card."""

    @workflow.init
    def __init__(self, opening: BirthOpening) -> None:
        super().__init__(opening)

    @workflow.run
    async def run(self, opening: BirthOpening) -> None:
        """The procedure, short of one step."""
        await super().run(opening)

    async def health_card(self, registered: BirthRegistered, certificate: CertificateRef, number: str | None) -> None:
        """Not asked for."""
