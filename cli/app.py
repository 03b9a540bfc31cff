"""The commands, by topic; a topic is loaded when one of its commands is called, so that short ones stay quick."""

from importlib import import_module
from typing import Protocol, cast

import typer

TOPICS = {
    "up": "cli.up",
    "demo": "cli.demo",
    "sample": "cli.samples",
    "file": "cli.samples",
    "follow": "cli.following",
    "review": "cli.desk",
    "sign": "cli.desk",
    "decide": "cli.desk",
    "incidents": "cli.support",
    "resolve": "cli.support",
    "stuck": "cli.stuck",
    "replays": "cli.replays",
    "digest": "cli.digest",
    "claims": "cli.claims",
    "registers": "cli.registers",
    "sessions": "cli.sessions",
    "differences": "cli.differences",
    "reconcile": "cli.reconciling",
    "reopen": "cli.reopening",
    "agencies": "cli.agencies",
    "switch": "cli.agencies",
    "replay": "cli.autopsy",
    "archive": "cli.autopsy",
    "explain": "cli.explaining",
    "token": "cli.accounts",
    "signing-key": "cli.accounts",
    "sign-task": "cli.tokens",
    "token-certificate": "cli.certificates",
    "bench": "cli.bench.commands",
}


class Topic(Protocol):
    """A module of commands."""

    def register(self, app: typer.Typer) -> None: ...


def application(arguments: list[str]) -> typer.Typer:
    """The application with the topic that the arguments name, or with all of them."""
    app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback(help="Liên Thông, from the operator's terminal.")(_nothing)
    named = next((TOPICS[word] for word in arguments if word in TOPICS), None)
    for module in dict.fromkeys([named] if named else TOPICS.values()):
        cast("Topic", import_module(module)).register(app)
    return app


def _nothing() -> None:
    """Makes every command a named one, also when only one is loaded."""
