"""Where two JSON values differ."""

from typing import Any

_ABSENT = object()


def differing(ours: Any, theirs: Any, pointer: str = "") -> tuple[str, ...]:  # noqa: ANN401  # any JSON
    """JSON pointers (RFC 6901) to what differs, deepest fields first named; empty when equal."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        names = list(dict.fromkeys([*ours, *theirs]))
        pairs = [(_escaped(name), ours.get(name, _ABSENT), theirs.get(name, _ABSENT)) for name in names]
    elif isinstance(ours, list) and isinstance(theirs, list):
        longest = max(len(ours), len(theirs))
        pairs = [(str(index), _at(ours, index), _at(theirs, index)) for index in range(longest)]
    else:
        same = type(ours) is type(theirs) and ours == theirs
        return () if same else (pointer,)
    return tuple(found for name, a, b in pairs for found in differing(a, b, f"{pointer}/{name}"))


def _at(values: list[Any], index: int) -> Any:  # noqa: ANN401  # any JSON
    return values[index] if index < len(values) else _ABSENT


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
