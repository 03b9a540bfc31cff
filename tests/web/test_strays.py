"""What is of no dossier of ours leads nowhere: its code is shown, and no link that could only say "unknown"."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.web.pages import _PAGES
from api.web.words import Language, words
from records.queries.callbacks import CallbackRow
from records.support.stuck import StuckRow

CODE = "G22.99.08-261122-000042"
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
PAGE = f"/support/dossiers/{CODE}"


def stuck(source: str, group: str | None) -> StuckRow:
    told: dict[str, Any] = dict.fromkeys(StuckRow.__dataclass_fields__)
    return StuckRow(**told | {"id": "x", "source": source, "dossier": CODE, "group": group, "cause": "views-differ"})


def about(row: StuckRow) -> str:
    module = _PAGES.get_template("console/macros.html").make_module({"w": words(Language.VI), "csrf": ""})
    return str(getattr(module, "about")(row))  # noqa: B009  # a macro


@pytest.mark.parametrize(("group", "linked"), [("birth", True), (None, False)])
@pytest.mark.parametrize("source", ["callback", "difference"])
def test_a_stuck_case_leads_to_its_dossier_where_that_is_ours(source: str, group: str | None, linked: bool):
    shown = about(stuck(source, group))
    assert CODE in shown
    assert (PAGE in shown) == linked
    assert ("/support/callbacks" in shown) == (source == "callback" and not linked)


@pytest.mark.parametrize(("state", "linked"), [("unmatched", False), ("refused", True)])
def test_a_stray_answer_tells_its_message_and_leads_to_a_dossier_that_knows_it(state: str, linked: bool):
    row = CallbackRow("population", "msg-7", CODE, "issue_id", state, NOW)
    template = _PAGES.get_template("console/callbacks.html")
    given = {"w": words(Language.VI), "rows": [row], "next": None, "state": state}
    shown = "".join(template.blocks["content"](template.new_context(given)))
    assert "msg-7" in shown
    assert CODE in shown
    assert (PAGE in shown) == linked
