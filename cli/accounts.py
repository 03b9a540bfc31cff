"""`lienthong token`, `lienthong signing-key`: what the sample accounts act with."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import place
from cli.stack import AgenciesUrl, Role, stack_at

OWNER_ONLY = 0o600


class Signer(StrEnum):
    """Whose sample key can be had."""

    CHAIR = "chair"


def register(app: typer.Typer) -> None:
    """Add this topic's commands."""
    app.command()(token)
    app.command("signing-key")(signing_key)


def token(role: Role, agencies: AgenciesUrl = None) -> None:
    """Print a bearer token alone, good for two hours."""
    print(asyncio.run(_token(role, agencies)))


def signing_key(
    who: Signer,
    out: Annotated[Path | None, typer.Option(help="The folder to write to; `signing-key` in the state folder.")] = None,
    agencies: AgenciesUrl = None,
) -> None:
    """Write the sample key for signing by token: key, certificate and chain as PEM; print where they are."""
    found, tsa = asyncio.run(_key(f"{who.value}-sample", agencies))
    folder = (out or place.settings().state_dir / "signing-key").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name, pem in (("key", "private_key_pem"), ("certificate", "certificate_pem"), ("chain", "chain_pem")):
        path = folder / f"{who.value}-{name}.pem"
        path.touch(mode=OWNER_ONLY)
        path.write_text(found[pem], encoding="ascii")
        print(f"{name:<12}{path}")
    print(f"{'tsa':<12}{tsa}")


async def _token(role: Role, agencies: str | None) -> str:
    async with stack_at(agencies=agencies) as stack:
        return await stack.token(role)


async def _key(person: str, agencies: str | None) -> tuple[dict[str, Any], str]:
    async with stack_at(agencies=agencies) as stack:
        found = await stack.agency("GET", f"signing/control/credentials/{person}/token-key")
        return found, f"{stack.settings.agencies_url}/signing/tsa"
