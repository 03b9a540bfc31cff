"""What was said with an agency, without anybody's data: shape and codes stay, every other value is covered."""

import json
import re
from typing import Any

COVER = "•••"
SHOWN = frozenset(
    {
        *("status", "errorCode", "error_code", "trangThai", "maLyDo", "code", "reason", "outcome", "standing"),
        *("module", "buoc", "truong", "key", "khoa", "Khoa"),
    }
)
"""Fields that hold states, error codes, idempotency keys and names of other fields; nobody is told of in them."""
_CODE = re.compile(r"[\w.:-]{1,80}", re.ASCII)


def masked(said: str | None) -> str | None:
    """The same text with values covered; what is no JSON is covered as a whole, but for its first line's address."""
    if said is None:
        return None
    head, line, body = said.partition("\n") if said.startswith(("GET ", "POST ", "PUT ")) else ("", "", said)
    return head + line + _body(body)


def _body(body: str) -> str:
    if not body.strip():
        return body
    try:
        told = json.loads(body)
    except ValueError:
        return COVER
    return json.dumps(_covered(told), ensure_ascii=False)


def _covered(told: Any, *, shown: bool = False) -> Any:  # noqa: ANN401  # JSON
    match told:
        case dict():
            return {name: _covered(value, shown=name in SHOWN) for name, value in told.items()}
        case list():
            return [_covered(each, shown=shown) for each in told]
        case None | bool():
            return told
        case _:
            return told if shown and _CODE.fullmatch(str(told)) else COVER
