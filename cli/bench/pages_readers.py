"""Whoever reads pages in a benchmark: sessions opened as a login opens them, tokens of an issuer of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwt
from joserfc.jwk import ECKey

from records.database import Database
from records.edge import Holder, Sessions
from records.keys import StoredKeys

LASTS = timedelta(hours=8)
CHAIR, SUPPORT, MANAGER = ("tasks:read", "tasks:act"), ("support:read", "tasks:read"), ("statistics:read",)
SESSION = "lienthong_session"


@dataclass(frozen=True)
class Reader:
    """Somebody with a session and a token; `offices` none: of all."""

    offices: tuple[str, ...] | None
    session: str
    bearer: str

    @property
    def headers(self) -> dict[str, str]:
        """For pages and for calls alike."""
        return {"Cookie": f"{SESSION}={self.session}", "Authorization": f"Bearer {self.bearer}"}


class Issuer:
    """An issuer of tokens that anybody may be given."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._key = ECKey.generate_key("P-256", auto_kid=True)

    def answer(self, path: str) -> dict[str, object]:
        """What a verifier asks for."""
        if path.endswith("openid-configuration"):
            return {"issuer": self.address, "jwks_uri": f"{self.address}/keys"}
        return {"keys": [self._key.as_dict(private=False)]}

    def token(self, holder: Holder, audience: str) -> str:
        """A bearer token for as long as a session."""
        claims: dict[str, object] = {
            "iss": self.address,
            "aud": audience,
            "sub": holder.subject,
            "exp": int((datetime.now(UTC) + LASTS).timestamp()),
            "scope": " ".join(holder.scopes),
        }
        if holder.offices is not None:
            claims["offices"] = list(holder.offices)
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key)


@contextmanager
def an_issuer() -> Iterator[Issuer]:
    """One that answers on a free port of this machine."""
    issuer = Issuer("")

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(issuer.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's own
            """Nobody reads of it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        issuer.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield issuer
        server.shutdown()


async def reader(
    database: Database,
    keys: StoredKeys,
    issuer: Issuer,
    audience: str,
    *,
    scopes: tuple[str, ...],
    subject: str = "bench",
    offices: tuple[str, ...] | None = None,
) -> Reader:
    """Somebody with these scopes, at these offices."""
    holder = Holder(client="bench", subject=subject, name="Người đọc", scopes=scopes, offices=offices)
    session = await Sessions(database, keys).open(holder, datetime.now(UTC), LASTS)
    return Reader(offices, session, issuer.token(holder, audience))
