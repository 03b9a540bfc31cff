"""Schemathesis run as its users run it, told who calls what and what there is to call about."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli import place, scripted
from cli.stack import Role, Stack
from tests.drills.stages import Stages

LISTING, STATISTICS = "GET /v1/dossiers", "GET /v1/statistics/dossiers"
FILING, DOCUMENT = "POST /v1/dossiers", "GET /v1/dossiers/{code}/documents/{document}"
SUPPLEMENT = "POST /v1/dossiers/{code}/supplement"
REVIEW, SIGNATURE = "POST /v1/tasks/{task_id}/review", "POST /v1/tasks/{task_id}/signature"

DELETION = "DELETE /v1/webhooks/{webhook}"
EVERY = "every call"
OFFICE = "00070"

CALLERS = {
    LISTING: Role.CLERK,
    STATISTICS: Role.MANAGER,
    SIGNATURE: Role.CHAIR,
    "dossiers": Role.PORTAL,
    "webhooks": Role.PORTAL,
    "feed": Role.PORTAL,
    "tasks": Role.CLERK,
    "support": Role.SUPPORT,
}
"""Whose token a call carries, by its name or else by its tag. Callbacks carry none: they are signed, and garbled by a
drill of their own."""
ANSWERED_WITHIN_S = 10
OFTEN = 0.7
"""So often a case names something that exists."""


@dataclass(frozen=True)
class Run:
    """What came of it; `output` names each failure with the command that repeats it."""

    code: int
    output: str
    calls: list[dict[str, Any]]
    """As HAR entries."""

    @property
    def unknown(self) -> list[dict[str, Any]]:
        """The answers that leave the outcome open."""
        return [call["response"] for call in self.calls if call["response"]["status"] == 503]

    @property
    def figures(self) -> str:
        """Cases, by class of status, and the slowest."""
        classes = Counter(f"{call['response']['status'] // 100}xx" for call in self.calls)
        told = ", ".join(f"{count} {name}" for name, count in sorted(classes.items()))
        slowest = max(call["time"] for call in self.calls) / 1000
        return f"{len(self.calls)} cases: {told}; slowest answer {slowest:.2f} s"


async def fuzzed(stack: Stack, stages: Stages, folder: Path, *, examples: int, thorough: bool) -> Run:
    """Every phase over every call of the live description; not `thorough`: filings are not covered value by value."""
    config, report = folder / "schemathesis.toml", folder / "calls.har"
    tokens = {role: await stack.token(role) for role in set(CALLERS.values())}
    config.write_text("\n".join(_config(stages, tokens, thorough=thorough)), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
        *("run", f"{place.api_url(stack.settings)}/openapi.json", "--max-examples", str(examples)),
        *("--report-har-path", str(report), "--generation-deterministic", "--no-color", "--continue-on-failure"),
        *("--warnings", "off"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    calls = json.loads(report.read_text(encoding="utf-8"))["log"]["entries"] if report.exists() else []
    return Run(process.returncode or 0, output.decode(errors="replace"), calls)


def _config(stages: Stages, tokens: Mapping[Role, str], *, thorough: bool) -> Iterator[str]:
    names = _names(stages)
    # Both are about the machine: a second process of tests may keep it busy while cases are drawn and answered.
    yield f"request-timeout = {ANSWERED_WITHIN_S if thorough else 2 * ANSWERED_WITHIN_S}"
    yield 'suppress-health-check = ["too_slow"]'
    yield from _checks()
    for call, known in names.items():
        for at, values in known.items():
            yield f"[dictionaries.{_quoted(f'{call} {at}')}]"
            yield f"values = {_quoted(values)}"
    for call, role in CALLERS.items():  # of several that fit a call, the first holds
        yield "[[operations]]"
        yield f"{'include-name' if ' ' in call else 'include-tag'} = {_quoted(call)}"
        yield f"headers.Authorization = {_quoted(f'Bearer {tokens[role]}')}"
    for call, known in names.items():
        yield "[[operations]]"
        yield "include-path-regex = '.*'" if call == EVERY else f"include-name = {_quoted(call)}"
        for at in known:
            binding = f"{{ dictionary = {_quoted(f'{call} {at}')}, probability = {OFTEN} }}"
            yield f"parameters.{_quoted(at)} = {binding}"
    if not thorough:
        yield "[[operations]]"
        yield f"include-name = {_quoted(FILING)}"
        yield "phases.coverage.enabled = false"


def _names(stages: Stages) -> dict[str, dict[str, list[str]]]:
    """What exists, call by call and then for all others, by the place in which a call names it."""
    return {
        FILING: {"body.office": [OFFICE]},
        SUPPLEMENT: {"path.code": [stages.asked], "body.request": [stages.request]},
        DOCUMENT: {"path.code": [stages.returned], "path.document": [stages.document]},
        REVIEW: {"path.task_id": stages.reviews},
        SIGNATURE: {
            "path.task_id": [stages.signature],
            "body.document_sha256": [stages.draft],
            "body.pin": [scripted.PIN],
        },
        DELETION: {"path.webhook": [stages.webhook_to_delete]},
        EVERY: {
            "path.code": stages.codes,
            "path.task_id": [*stages.reviews, stages.signature],
            "path.incident_id": [stages.incident],
            "path.webhook": [stages.webhook],
            "path.delivery": stages.deliveries,
            "query.dossier": stages.codes,
        },
    }


def _checks() -> Iterator[str]:
    """All but one.

    What is valid by the description may still be refused, rightly, by what no schema says: an office that does not
    exist, two of three fields of which one is wanted, a cursor of another list, the law. And 503 is looked at by
    itself: it is right where the outcome is unknown.
    """
    yield "[checks]"
    yield "positive_data_acceptance.enabled = false"
    yield 'not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]'


def _quoted(value: Any) -> str:
    """As TOML, which writes strings and lists as JSON does."""
    return json.dumps(value)
