"""A dossier in lines that a person reads, with or without a terminal's colours."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from cli.legal_time import clock, moment

LONGEST = 60
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")


def title(view: dict[str, Any]) -> str:
    """Which dossier, where it stands, and what was promised."""
    promised = moment(view["promised_at"]) if view["promised_at"] else "–"
    held = ", held" if view["held"] else ""
    return (
        f"{view['code']}  {view['group']}, office {view['office']}: {view['stage']}{held}"
        f"  (filed {moment(view['filed_at'])}, promised {promised})"
    )


def entry(item: dict[str, Any]) -> str:
    """One journal entry."""
    facts = (f"{name} {_told(value)}" for name, value in item["data"].items() if value not in {None, ""})
    words = [item["kind"].replace("_", " "), item["leg"] or "", "; ".join(facts)]
    line = "{:<21}{:<20}{}".format(*words)
    by = f"  by {item['actor']}" if item["actor"] else ""
    return f"{clock(item['at'])}  {line.rstrip()}{by}"


def standing(view: dict[str, Any]) -> Iterator[str]:
    """Legs, tasks, documents and incidents as they stand."""
    yield from _block("legs", [_leg(leg) for leg in view["legs"]])
    yield from _block("tasks", [_task(task) for task in view["tasks"]])
    yield from _block("documents", [_document(each) for each in view["documents"]])
    yield from _block("incidents", [_incident(each) for each in view["incidents"]])
    if asked := view["supplement"]:
        yield f"supplement  {', '.join(asked['documents'])} until {moment(asked['due_at'])}: {asked['reason']}"
    if view.get("reason"):
        yield f"ended       {view['reason']}" + (f": {view['reason_text']}" if view.get("reason_text") else "")


def whole(view: dict[str, Any], journal: Iterable[dict[str, Any]]) -> str:
    """Title, journal and standing in one text."""
    return "\n".join([title(view), *(f"  {entry(item)}" for item in journal), *standing(view)])


def table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Rows with aligned columns."""
    listed = list(rows)
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _block(name: str, rows: list[tuple[str, ...]]) -> Iterator[str]:
    for index, line in enumerate(table(rows)):
        yield f"{name if index == 0 else '':<12}{line}"


def _leg(leg: dict[str, Any]) -> tuple[str, ...]:
    due = f"due {moment(leg['due_at'])}" if leg["due_at"] else ""
    result = "; ".join(f"{name} {value}" for name, value in (leg["result"] or {}).items() if value is not None)
    reason = ": ".join(filter(None, (leg["reason"], leg.get("reason_text"))))
    return leg["kind"], leg["state"], due, "overdue" if leg["overdue"] else "", result or reason


def _task(task: dict[str, Any]) -> tuple[str, ...]:
    told = [*task.get("findings", ()), *filter(None, [task.get("why")])]
    readings = [reading["choice"] for reading in task.get("readings", ())]
    choice = f": {' or '.join(readings)}" if readings else ""
    return task["id"], task["state"], f"due {moment(task['due_at'])}", ", ".join(told) + choice


def _document(document: dict[str, Any]) -> tuple[str, ...]:
    signed = "signed" if document["signed"] else "unsigned"
    return document["id"], f"{document['kind']} v{document['version']}", signed, document["state"]


def _incident(incident: dict[str, Any]) -> tuple[str, ...]:
    return incident["id"], incident["code"], f"since {moment(incident['opened_at'])}"


def _told(value: object) -> str:
    text = str(value)
    if INSTANT.match(text):
        return moment(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
