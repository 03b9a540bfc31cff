"""What stands in the way of signatures at my offices, and what soon will: said on the pages before anybody tries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.deps import Front
from api.gate import Caller
from contracts.dossier import TaskKind, TaskState
from records.queries import TaskRow
from records.registers import Lack


@dataclass(frozen=True)
class Warned:
    """Something that an office lacks (`blocks`), or will in so many `days`. `who`: whose certificate it is."""

    code: str
    office: str
    lack: Lack
    blocks: bool
    until: datetime | None
    days: int
    who: str


async def warnings(front: Front, caller: Caller) -> tuple[Warned, ...]:
    """At my offices, what blocks first."""
    now = front.now()
    found = sorted(await front.readiness.of(caller.offices or (), now), key=lambda each: not each.blocks)
    if not found:
        return ()
    offices = await front.offices.names({each.office for each in found}, now)
    names = await front.accounts.names({each.person for each in found if each.person})
    return tuple(
        Warned(
            code=each.office,
            office=offices.get(each.office, each.office),
            lack=each.lack,
            blocks=each.blocks,
            until=each.until,
            days=(each.until - now).days if each.until else 0,
            who=names.get(each.person, each.person) if each.person else "",
        )
        for each in found
    )


@dataclass(frozen=True)
class Ways:
    """How somebody can sign: by PIN at the signing service, with a token of their own; `why` not: a key of words."""

    why: str = ""
    remote: bool = False
    token: bool = False


async def ways(front: Front, caller: Caller, office: str) -> Ways:
    """Those that the registers know of; a certificate that they do not know is accepted from nobody."""
    chairs = [each for each in await front.duty.on_duty(office, front.now()) if each.role == "chair"]
    mine = next((each for each in chairs if each.person == caller.subject), None)
    if mine is None:
        return Ways("other" if chairs else "nobody")
    remote, token = [bool(await front.certificates.of(caller.subject, method)) for method in ("remote", "token")]
    remote = remote and mine.credential is not None
    return Ways("" if remote or token else "none", remote, token)


def lacks(task: TaskRow, found: Sequence[Warned]) -> tuple[Warned, ...]:
    """Why a task cannot be signed now, where that is so."""
    if task.kind != TaskKind.SIGNATURE or task.state != TaskState.OPEN:
        return ()
    return tuple(each for each in found if each.blocks and each.code == task.office)
