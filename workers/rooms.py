"""Everything that keeps or reaches something, built once per process."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from temporalio import activity

from adapters.http import AgencyHttp, Health, Line
from adapters.signing import SigningService
from adapters.webhooks import Receivers
from contracts.agencies import Agency
from records.database import Database
from records.edge import Claims, Inbox
from records.exchanges import ExchangeLog
from records.keys import StoredKeys
from records.queries import Queries
from runtime.settings import InsecureSetting, Settings


@dataclass(frozen=True)
class Rooms:
    """Everything that keeps or reaches something, built once per process."""

    settings: Settings
    database: Database
    keys: StoredKeys
    http: httpx.AsyncClient
    exchanges: ExchangeLog
    signing: SigningService
    outside: httpx.AsyncClient
    """For addresses that portals named."""

    @classmethod
    def open(cls, settings: Settings) -> "Rooms":
        """Connect nothing yet; the first use does."""
        database = Database(settings.database)
        keys = StoredKeys(database, settings.master_key_bytes)
        http = httpx.AsyncClient(timeout=settings.agency_timeout, limits=httpx.Limits(max_connections=200))
        signing = SigningService(
            http,
            settings.signing_url,
            client_id=settings.signing_client,
            client_secret=settings.signing_password,
        )
        return cls(settings, database, keys, http, ExchangeLog(database, keys), signing, Receivers.client())

    async def close(self) -> None:
        """Write what is still in hand, then let go."""
        await self.exchanges.aclose()
        await self.http.aclose()
        await self.outside.aclose()
        await self.database.close()

    def agency(self, which: Agency, health: Health) -> AgencyHttp:
        """One agency's line."""
        line = Line(self.http, self.settings.agencies_url, self.exchanges, health, _attempt)
        return AgencyHttp(which, line)

    def claims(self) -> Claims:
        """Filings as claimed."""
        return Claims(self.database, self.keys)

    def inbox(self) -> Inbox:
        """Callbacks as received."""
        return Inbox(self.database, self.keys)

    def queries(self) -> Queries:
        """What people see."""
        return Queries(self.database, self.keys)

    async def trust(self) -> tuple[Sequence[bytes], Sequence[bytes]]:
        """Trusted roots and the issuers below them: pinned, or the local stand-in's own."""
        if self.settings.signing_roots is not None:
            pinned = x509.load_pem_x509_certificates(self.settings.signing_roots.read_bytes())
            ders = [each.public_bytes(Encoding.DER) for each in pinned]
            roots = [der for der, each in zip(ders, pinned, strict=True) if each.issuer == each.subject]
            return roots, [der for der in ders if der not in roots]
        if self.settings.environment != "local":
            msg = "LIENTHONG_SIGNING_ROOTS must name the trusted root CAs outside the local environment"
            raise InsecureSetting(msg)
        shown = await self.signing.authority()
        return shown.chain, (shown.certificate,)


def _attempt() -> int:
    return activity.info().attempt if activity.in_activity() else 1


class Deaf:
    """Hears nothing: probes tell the breaker by their result alone."""

    def answered(self, agency: Agency) -> None:
        """Not listened to."""

    def failed(self, agency: Agency) -> None:
        """Not listened to."""
