"""`lienthong bench …`: each benchmark starts a stack of its own in an empty folder and prints what it saw."""

import asyncio
from typing import Annotated

import typer

from cli.bench import dossiers as of_dossiers
from cli.bench import filing as of_filing
from cli.bench import outage as of_outage
from cli.bench import pages as of_pages
from cli.bench import signing as of_signing
from cli.bench import waiting as of_waiting

bench = typer.Typer(help=__doc__, no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.add_typer(bench, name="bench")


@bench.command()
def dossiers(
    count: Annotated[int, typer.Option(help="Births, and bare workflows, a round.")] = 100,
    rounds: Annotated[int, typer.Option(help="Rounds of both in turn.")] = 3,
) -> None:
    """Births a second from filing to returned, against a bare workflow with the same commands."""
    asyncio.run(of_dossiers.run(count, rounds, _tell))


@bench.command()
def filing(
    seconds: Annotated[float, typer.Option(help="How long each rate is held.")] = 60.0,
    rate: Annotated[list[float] | None, typer.Option(help="Filings a second; may be given several times.")] = None,
) -> None:
    """How long a filing takes to be answered at 5 and at 50 a second."""
    asyncio.run(of_filing.run(seconds, tuple(rate or of_filing.RATES), _tell))


@bench.command()
def waiting(
    count: Annotated[int, typer.Option("--waiting", help="Dossiers that wait for their ID number.")] = 5000,
    through: Annotated[int, typer.Option(help="Births that go through beside them.")] = 500,
) -> None:
    """What thousands of waiting dossiers cost those that go through."""
    asyncio.run(of_waiting.run(count, through, _tell))


@bench.command()
def outage(
    count: Annotated[int, typer.Option("--dossiers", help="Births that arrive while the agency is away.")] = 820,
    rejected: Annotated[int, typer.Option(help="Of these, so many are rejected on its return.")] = 40,
    limit: Annotated[float, typer.Option(help="Calls a second on its return.")] = 10.0,
) -> None:
    """How long what waited for an agency takes to drain, and what a replay of many makes of those it rejects."""
    asyncio.run(of_outage.run(count, rejected, limit, _tell))


@bench.command()
def pages(
    count: Annotated[int, typer.Option("--dossiers", help="Dossiers in the database; a tenth has an open task.")] = 10
    ** 6,
    times: Annotated[int, typer.Option(help="Requests of each kind, one by one, then again four at once.")] = 200,
    database_url: Annotated[
        str | None,
        typer.Option(help="A PostgreSQL database: empty, or filled here before with as many. Unless given, a new one."),
    ] = None,
) -> None:
    """How long the desk's pages and the lists take with a million dossiers."""
    asyncio.run(of_pages.run(count, times, database_url, _tell))


@bench.command()
def signing(
    documents: Annotated[int, typer.Option(help="Times that one document is signed and verified.")] = 40,
    calls: Annotated[int, typer.Option(help="Documents signed by one call each.")] = 20,
    batches: Annotated[int, typer.Option(help="Batches of fifty.")] = 3,
) -> None:
    """How long one signature takes with its verification, and fifty under one PIN."""
    asyncio.run(of_signing.run(documents, calls, batches, _tell))


def _tell(line: str) -> None:
    print(line, flush=True)
