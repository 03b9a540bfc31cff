"""Forms for what no form was made for: the fields of a step's request as they stand, and those of its result."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic.fields import FieldInfo

from api.web.words import Words
from contracts.agencies import Step
from contracts.steps import RESULTS

KINDS: dict[Any, str] = {int: "number", date: "date"}
YES, NO = "true", "false"


@dataclass(frozen=True)
class Entry:
    """One input. `path`: where its value belongs; `kind`: what a browser calls it."""

    path: str
    label: str
    value: str
    kind: str = "text"
    needed: bool = False


def corrections(present: Mapping[str, Any], fields: tuple[str, ...], w: Words) -> list[Entry]:
    """The fields that may be corrected, as they stand, each part of them an input of its own."""
    return [
        Entry(path, " · ".join(_word(part, w) for part in path.split(".")), _written(value))
        for name in fields
        for path, value in _leaves(name, present[name])
    ]


def corrected(present: Mapping[str, Any], fields: tuple[str, ...], entered: Mapping[str, str]) -> dict[str, Any]:
    """Those of the fields in which something was changed."""
    found = {name: _filled(name, present[name], entered) for name in fields}
    return {name: value for name, value in found.items() if value != present[name]}


def result(step: Step, w: Words) -> list[Entry]:
    """What a step's result is made of; nothing where a step has none."""
    return [
        Entry(name, _word(name, w), "", KINDS.get(each.annotation, "text"), needed=each.is_required())
        for name, each in _parts(step).items()
    ]


def recorded(step: Step, entered: Mapping[str, str]) -> dict[str, Any]:
    """The result as it was entered; what does not fit is the check's to say."""
    parts = _parts(step)
    given = {name: entered.get(name, "").strip() for name in parts}
    return {
        name: int(text) if parts[name].annotation is int and text.isdecimal() else text
        for name, text in given.items()
        if text
    }


def _parts(step: Step) -> dict[str, FieldInfo]:
    return RESULTS[step].model_fields if step in RESULTS else {}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # JSON
    match value:
        case dict():
            for name, each in value.items():
                yield from _leaves(f"{path}.{name}", each)
        case list() | tuple():
            for number, each in enumerate(value, 1):
                yield from _leaves(f"{path}.{number}", each)
        case _:
            yield path, value


def _filled(path: str, present: Any, entered: Mapping[str, str]) -> Any:  # noqa: ANN401  # JSON
    match present:
        case dict():
            return {name: _filled(f"{path}.{name}", each, entered) for name, each in present.items()}
        case list() | tuple():
            return [_filled(f"{path}.{number}", each, entered) for number, each in enumerate(present, 1)]
    text = entered.get(path, _written(present)).strip()
    if text == _written(present):
        return present
    if isinstance(present, bool):
        return {YES: True, NO: False}.get(text, text)
    if isinstance(present, int):
        return int(text) if text.isdecimal() else text
    return text or None


def _written(value: Any) -> str:  # noqa: ANN401  # JSON
    if isinstance(value, bool):
        return YES if value else NO
    return "" if value is None else str(value)


def _word(part: str, w: Words) -> str:
    return part if part.isdecimal() else w.code("field", part)
