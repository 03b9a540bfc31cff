"""`lienthong review`, `lienthong sign`, `lienthong decide`: what clerk and chair do at the desk, from a terminal."""

import asyncio
from typing import Annotated, Any

import typer

from cli import scripted, timeline
from cli.stack import AgenciesUrl, Role, Url, stack_at
from cli.trouble import Trouble
from contracts.claims import PaymentMethod
from contracts.tasks import Decision


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.command()(review)
    app.command()(sign)
    app.command()(decide)


def review(
    task: Annotated[str, typer.Argument(help="The task's id.")],
    accept: Annotated[bool, typer.Option("--accept", help="Accept the filing.")] = False,
    supplement: Annotated[str | None, typer.Option(help="Ask the family; what they read.")] = None,
    paper: Annotated[list[str] | None, typer.Option(help="With --supplement: what is asked for; repeatable.")] = None,
    reject: Annotated[str | None, typer.Option(help="Reject, for one of the task's reasons.")] = None,
    text: Annotated[str | None, typer.Option(help="With --reject: what the family reads.")] = None,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Decide a review task as the sample clerk."""
    if [accept, supplement is not None, reject is not None].count(True) != 1:
        raise Trouble("exactly one of --accept, --supplement and --reject is needed")
    body: dict[str, Any] = {"decision": Decision.ACCEPT}
    if supplement is not None:
        body = {"decision": Decision.SUPPLEMENT, "reason": supplement, "documents": paper or []}
    elif reject is not None:
        body = {"decision": Decision.REJECT, "reason": reject, "reason_text": text}
    _show(asyncio.run(_review(task, body, url, agencies)))


def sign(
    task: Annotated[str, typer.Argument(help="The task's id.")],
    pin: Annotated[str, typer.Option(help="The signer's PIN.")],
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Sign a task's document as the sample chair, by the remote signing service."""
    _show(asyncio.run(_sign(task, pin, url, agencies)))


def decide(
    task: Annotated[str, typer.Argument(help="The task's id.")],
    choice: Annotated[str, typer.Option(help="One of the task's choices.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the journal.")],
    cash: Annotated[str | None, typer.Option(help="To pay again: where cash is fetched instead.")] = None,
    url: Url = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Decide as the sample clerk what the law leaves open, or what becomes of money that came back."""
    body: dict[str, Any] = {"choice": choice, "reason": reason}
    if cash is not None:
        body["payment"] = {"method": PaymentMethod.CASH, "place": cash}
    _show(asyncio.run(_decide(task, body, url, agencies)))


async def _review(task: str, body: dict[str, Any], url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        view: dict[str, Any] = await stack.send(f"/v1/tasks/{task}/review", Role.CLERK, body)
        return view


async def _sign(task: str, pin: str, url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        return await scripted.sign(stack, task, pin)


async def _decide(task: str, body: dict[str, Any], url: str | None, agencies: str | None) -> dict[str, Any]:
    async with stack_at(url, agencies) as stack:
        view: dict[str, Any] = await stack.send(f"/v1/tasks/{task}/decision", Role.CLERK, body)
        return view


def _show(view: dict[str, Any]) -> None:
    print("\n".join([timeline.title(view), *timeline.standing(view)]))
