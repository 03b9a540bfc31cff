"""One key, one body: a call that is repeated finds its first outcome, a changed one is refused."""

import hashlib
import json
from typing import Any

from api.deps import Front
from api.gate import Caller
from api.problems import Problem
from orchestrator import update_id


async def request_id(front: Front, caller: Caller, operation: str, key: str, body: Any) -> str:  # noqa: ANN401  # JSON
    """The engine's id for this call; 409 when the key stood for another body."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    known = await front.operations.claim(client=caller.subject, operation=operation, key=key, body_hash=digest)
    if not known:
        raise Problem(409, "key-reused", "this Idempotency-Key was used with another body")
    return update_id(caller.subject, operation, key)
