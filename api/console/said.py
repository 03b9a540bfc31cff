"""What was said with agencies about a dossier: covered, unless somebody gave their reason to see it."""

import json
from dataclasses import dataclass

from api.deps import Front
from records.exchanges import Exchange
from records.support.masking import COVER, masked

LAST = 50
CALLS = ("GET ", "POST ", "PUT ")


@dataclass(frozen=True)
class Said:
    """One exchange as it is shown; `id` stays the same for as long as the same is shown."""

    id: str
    exchange: Exchange
    address: str
    request: str
    answer: str | None


async def said(front: Front, code: str, *, covered: bool) -> list[Said]:
    """The last exchanges, the newest first."""
    found = await front.hearing.exchanges(code, None, None, LAST)
    return [_shown(each, covered=covered) for each in found]


def _shown(exchange: Exchange, *, covered: bool) -> Said:
    request = (masked(exchange.request) if covered else exchange.request) or ""
    answer = masked(exchange.answer) if covered else exchange.answer
    address, _, body = request.partition("\n") if request.startswith(CALLS) else ("", "", request)
    name = f"said-{exchange.at:%d%H%M%S%f}-{exchange.attempt}-{'covered' if covered else 'open'}"
    return Said(name, exchange, address, _laid_out(body), _laid_out(answer) if answer is not None else None)


def _laid_out(text: str) -> str:
    """JSON with a line a field; anything else as it is."""
    if text == COVER:
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    except ValueError:
        return text
