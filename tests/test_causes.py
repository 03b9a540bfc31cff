"""Each cause has its page, which a support person can follow, and the list of pages names it."""

import re
from pathlib import Path

import pytest

from contracts.causes import CAUSES, Cause
from contracts.incidents import IncidentCode

DOCS = Path(__file__).resolve().parent.parent / "docs"
SECTIONS = ["Nhìn thấy gì", "Vì sao", "Làm gì", "Khi nào báo ai"]


def test_every_cause_has_a_row_and_every_incident_is_a_cause() -> None:
    assert set(CAUSES) == set(Cause)
    assert {code.value for code in IncidentCode} <= {cause.value for cause in Cause}


@pytest.mark.parametrize("cause", list(Cause))
def test_a_causes_page_says_what_is_seen_why_what_to_do_and_whom_to_tell(cause: Cause) -> None:
    text = (DOCS / "causes" / f"{cause}.md").read_text(encoding="utf-8")
    title, *rest = text.split("\n## ")
    assert re.match(r"# .+ \(.+\)\n", title), title
    assert f"`{cause}`" in title
    assert [each.partition("\n")[0] for each in rest] == SECTIONS
    assert all(each.partition("\n")[2].strip() for each in rest)
    assert re.search(r"^1\. ", rest[2], re.MULTILINE), "steps are numbered"


def test_there_is_no_page_of_a_cause_that_is_none_and_the_handbook_names_each() -> None:
    pages = {page.stem for page in (DOCS / "causes").glob("*.md")}
    assert pages == {cause.value for cause in Cause}
    handbook = (DOCS / "operations.md").read_text(encoding="utf-8")
    assert [cause for cause in Cause if f"(causes/{cause}.md)" not in handbook] == []
