"""An office that is merged leaves its open dossiers, with their tasks, to its successor."""

from temporalio import workflow

from contracts.dossier import TaskState
from contracts.journal import EventKind
from contracts.tasks import OfficeMove, Receipt
from workflows.incidents import refuse
from workflows.signing import Signing


class Moving(Signing):
    """What was asked of agencies before keeps the old office's name; everything after has the successor's."""

    @workflow.update
    async def move_office(self, move: OfficeMove) -> Receipt:
        """Go on at the successor; what is being signed at this moment is signed first."""
        async with self._pen:
            self._check_move(move)  # it may have been moved, or have ended, meanwhile
            left, self.office = self.office, move.office
            for task in list(self.tasks.values()):
                if task.state in {TaskState.OPEN, TaskState.BLOCKED}:
                    self.tasks[task.id] = task.model_copy(update={"office": move.office})
                    self._drafts.pop(task.id, None)  # in the old office's name: nobody signs it any more
            said = {"from": left, "to": move.office, "reason": move.reason}
            self.note(EventKind.OFFICE_MOVED, None, move.by, **said)
        await self.turn_written()
        return Receipt.TAKEN

    @move_office.validator
    def _check_move(self, move: OfficeMove) -> None:
        if self.stage.closed:
            refuse("DossierClosed", "the dossier has ended")
        if move.office == self.office:
            refuse("OfficeUnchanged", "the dossier is at this office already")
