"""What an operator is told in a line, before the command ends with exit code 1."""

import json
from collections.abc import Sequence
from typing import Any


class Trouble(Exception):
    """A command that could not do what was asked; its text is the line."""


class NotRunning(Trouble):
    """Nothing answers where the stack should be."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"nothing answers at {url}: start it with `lienthong up`, or say where it is by --url and --agencies"
        )


class Problem(Trouble):
    """The API refused: its problem, readable."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.name = str(body.get("type", "")).removeprefix("urn:lienthong:problem:")
        self.body = body
        super().__init__("\n".join([self._headline(), *self._fields(), *self._more()]))

    def _headline(self) -> str:
        detail = self.body.get("detail") or self.body.get("title") or "no details"
        return f"{self.status} {self.name or 'no problem document'}: {detail}"

    def _fields(self) -> Sequence[str]:
        errors = self.body.get("errors") or []
        return [f"  {error.get('pointer') or '/'}: {error.get('message')} ({error.get('code')})" for error in errors]

    def _more(self) -> Sequence[str]:
        known = {"type", "title", "status", "detail", "instance", "errors"}
        return [f"  {name}: {value}" for name, value in self.body.items() if name not in known]


def problem_of(status: int, text: str) -> Problem:
    """The problem in an answer, whatever its body is."""
    try:
        body = json.loads(text)
    except ValueError:
        body = {}
    return Problem(status, body if isinstance(body, dict) else {})
