"""Whom verifications trust, and what the authorities say of certificates."""

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from adapters.signing import SigningService
from documents.signatures import Evidence

TRUST_FRESH_S = 60.0

Trust = Callable[[], Awaitable[tuple[Sequence[bytes], Sequence[bytes]]]]
"""Trusted roots and the issuers below them, DER."""


class Authorities:
    """One for all rooms of a process: what is trusted is asked for once a minute."""

    def __init__(self, trust: Trust, signing: SigningService) -> None:
        self._trust = trust
        self._signing = signing
        self._trusted: tuple[Sequence[bytes], Sequence[bytes], float] | None = None

    async def trusted(self) -> tuple[Sequence[bytes], Sequence[bytes]]:
        """Roots and issuers, DER."""
        if self._trusted is None or self._trusted[2] < monotonic():
            self._trusted = (*await self._trust(), monotonic() + TRUST_FRESH_S)
        return self._trusted[:2]

    async def evidence(self, certificates: Sequence[bytes]) -> Evidence:
        """What a verification that meets these certificates (DER) may rely on."""
        roots, issuers = await self.trusted()
        revocation = await self._signing.revocation(certificates, [*issuers, *roots])
        return Evidence(roots=tuple(roots), intermediates=tuple(issuers), ocsps=revocation.ocsps, crls=revocation.crls)
