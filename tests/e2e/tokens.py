"""Bearer tokens as the issuer makes them, and as it never would."""

import base64
import hmac
import json
import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from sim_agencies.vneid_issuer import ALGORITHM, signing_key
from tests.stack import OFFICE, Stack

HOUR = 3600


def issuer_key(stack: Stack) -> ECKey:
    """The stand-in's own key, which lies in its state directory."""
    return signing_key(stack.settings.state_dir / "sim" / "vneid-issuer.json")


def claims(stack: Stack, **changes: Any) -> dict[str, Any]:
    """A good portal token's claims, changed; what is changed to none is left out."""
    now = int(time.time())
    good = {
        "iss": stack.settings.issuer,
        "aud": stack.settings.audience,
        "sub": "portal-sample",
        "client_id": "portal",
        "scope": "dossiers:write dossiers:read",
        "iat": now,
        "exp": now + HOUR,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def minted(stack: Stack, *, key: ECKey | None = None, **changes: Any) -> str:
    """A token over these claims, by the issuer's key unless another is given."""
    kid = issuer_key(stack).kid
    return jwt.encode({"alg": ALGORITHM, "kid": kid}, claims(stack, **changes), key or issuer_key(stack))


def signer_token(stack: Stack, person: str) -> str:
    """Somebody of the sample office who may act on tasks."""
    scope = "dossiers:read tasks:read tasks:act"
    return minted(stack, sub=person, client_id=person, scope=scope, offices=[OFFICE])


def unsigned(stack: Stack) -> str:
    """`alg: none`: claims that nobody vouches for."""
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims(stack))}."


def tampered(stack: Stack) -> str:
    """More scopes than the issuer gave, under its signature."""
    header, _, signature = minted(stack).split(".")
    return f"{header}.{_part(claims(stack, scope='support:read support:act'))}.{signature}"


def by_a_stranger(stack: Stack) -> str:
    """The issuer's key id, another's key."""
    return minted(stack, key=ECKey.generate_key("P-256"))


def by_the_public_key(stack: Stack) -> str:
    """The public key taken for a shared secret."""
    key = issuer_key(stack)
    content = f"{_part({'alg': 'HS256', 'kid': key.kid})}.{_part(claims(stack))}"
    mac = hmac.digest(key.as_pem(private=False), content.encode(), "sha256")
    return f"{content}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
