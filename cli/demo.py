"""`lienthong demo`: sample dossiers of both groups, one of each walked to its end, four left where people must act."""

import asyncio
from dataclasses import asdict, dataclass

import typer

from cli import scripted, timeline
from cli.following import dossier
from cli.samples import new_family
from cli.stack import AgenciesUrl, Role, Stack, Url, stack_at
from contracts.dossier import Group, TaskKind

PATIENCE_S = 60.0
ASKED = "Đề nghị gia đình kiểm tra lại họ, chữ đệm và tên của trẻ trong tờ khai."
"""Please check the child's name in the declaration."""


@dataclass(frozen=True)
class Shown:
    """The codes of the sample dossiers, by where they were left."""

    walked: str
    at_review: str
    awaiting_supplement: str
    at_signature: str
    death_walked: str = ""
    death_at_review: str = ""

    def lines(self) -> list[str]:
        """One line a dossier."""
        return [f"{name.replace('_', ' '):<21}{code}" for name, code in asdict(self).items() if code]


def register(app: typer.Typer) -> None:
    """Add this topic's command."""
    app.command()(demo)


def demo(url: Url = None, agencies: AgenciesUrl = None) -> None:
    """File the sample dossiers, walk one to its end, and print its timeline."""
    asyncio.run(_demo(url, agencies))


async def play(stack: Stack) -> Shown:
    """File six families' dossiers and bring each as far as it is to go."""
    births = [await _filed(stack, Group.BIRTH) for _ in range(4)]
    deaths = [await _filed(stack, Group.DEATH) for _ in range(2)]
    walked, at_review, awaiting, at_signature = births
    death_walked, death_at_review = deaths
    await asyncio.gather(
        scripted.walk(stack, walked),
        scripted.open_task(stack, at_review, TaskKind.REVIEW),
        _await_supplement(stack, awaiting),
        _await_signature(stack, at_signature),
        scripted.walk(stack, death_walked),
        scripted.open_task(stack, death_at_review, TaskKind.REVIEW),
    )
    return Shown(*births, *deaths)


async def story(stack: Stack, code: str) -> str:
    """The timeline of one dossier."""
    return timeline.whole(*await dossier(stack, code))


async def _demo(url: str | None, agencies: str | None) -> None:
    async with stack_at(url, agencies, patience=0) as stack:
        await stack.token(Role.PORTAL)  # says at once when no stack is there
    async with stack_at(url, agencies, patience=PATIENCE_S) as stack:
        shown = await play(stack)
        print("\n".join(shown.lines()))
        print(await story(stack, shown.walked))


async def _filed(stack: Stack, group: Group) -> str:
    family = await new_family(stack, group)
    view = await stack.send("/v1/dossiers", Role.PORTAL, family.filing)
    return str(view["code"])


async def _await_supplement(stack: Stack, code: str) -> None:
    task = await scripted.open_task(stack, code, TaskKind.REVIEW)
    await scripted.ask_supplement(stack, task, ["declaration"], ASKED)


async def _await_signature(stack: Stack, code: str) -> None:
    await scripted.accept(stack, await scripted.open_task(stack, code, TaskKind.REVIEW))
    await scripted.open_task(stack, code, TaskKind.SIGNATURE)
