"""Whom verifications trust, and what the authorities say of certificates."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from time import monotonic

from adapters.signing import SigningService
from documents.signatures import Evidence, fingerprint

TRUST_FRESH_S = 60.0
REMEMBERED = 4_096
"""Certificates of signers and time-stamping authorities, some 1 kB each."""

Trust = Callable[[], Awaitable[tuple[Sequence[bytes], Sequence[bytes]]]]
"""Trusted roots and the issuers below them, DER."""


class Authorities:
    """One for all rooms of a process: what is trusted is asked for once a minute."""

    def __init__(self, trust: Trust, signing: SigningService) -> None:
        self._trust = trust
        self._signing = signing
        self._trusted: tuple[Sequence[bytes], Sequence[bytes], float] | None = None
        self._met: dict[str, bytes] = {}

    async def trusted(self) -> tuple[Sequence[bytes], Sequence[bytes]]:
        """Roots and issuers, DER."""
        if self._trusted is None or self._trusted[2] < monotonic():
            self._trusted = (*await self._trust(), monotonic() + TRUST_FRESH_S)
        return self._trusted[:2]

    async def evidence(self, certificates: Sequence[bytes]) -> Evidence:
        """What a verification that meets these certificates (DER) may rely on."""
        self._met |= {fingerprint(each): each for each in certificates}
        for oldest in list(self._met)[:-REMEMBERED]:
            del self._met[oldest]
        roots, issuers = await self.trusted()
        revocation = await self._signing.revocation(certificates, [*issuers, *roots])
        return Evidence(roots=tuple(roots), intermediates=tuple(issuers), ocsps=revocation.ocsps, crls=revocation.crls)

    def met(self, fingerprints: Collection[str]) -> list[bytes] | None:
        """These certificates (DER), if evidence of all of them was asked for here before."""
        found = [self._met[each] for each in fingerprints if each in self._met]
        return found if len(found) == len(fingerprints) else None
