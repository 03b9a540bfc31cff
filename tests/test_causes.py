"""Each cause has its page, which a support person can follow in two languages, and the list of pages names it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.web.words import Language, words
from contracts.causes import CAUSES, Act, Cause
from contracts.incidents import IncidentCode

DOCS = Path(__file__).resolve().parent.parent / "docs"
SECTIONS = ["Nhìn thấy gì", "Vì sao", "Làm gì", "Khi nào báo ai", "In English"]
IN_ENGLISH = "\n## In English\n"


def halves(cause: Cause) -> dict[Language, str]:
    """A page's two halves, each as one line."""
    text = (DOCS / "causes" / f"{cause}.md").read_text(encoding="utf-8")
    vietnamese, _, english = text.partition(IN_ENGLISH)
    return {Language.VI: vietnamese, Language.EN: english}


def acts_named(text: str, language: Language) -> set[Act]:
    """The acts whose words, as the console prints them, stand in a text."""
    said = " ".join(text.split())
    return {act for act in Act if words(language)(f"Act.{act}") in said}


def printed(told: Any) -> Iterator[str]:
    """Every word that a page of ours may show."""
    if isinstance(told, dict):
        for each in told.values():
            yield from printed(each)
    else:
        yield str(told)


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


@pytest.mark.parametrize("cause", list(Cause))
def test_both_halves_of_a_page_name_the_same_steps_and_only_acts_that_are_offered(cause: Cause) -> None:
    told = halves(cause)
    steps = {language: len(re.findall(r"^\d\. ", text, re.MULTILINE)) for language, text in told.items()}
    assert steps[Language.EN] == steps[Language.VI] > 0
    named = {language: acts_named(text, language) for language, text in told.items()}
    assert named[Language.EN] == named[Language.VI]
    offered = {*CAUSES[cause].acts, *({Act.RELEASE} if Act.HOLD in CAUSES[cause].acts else ())}
    assert named[Language.EN] <= offered
    assert "\nTell: " in told[Language.EN]


@pytest.mark.parametrize("cause", list(Cause))
def test_what_a_page_tells_to_press_is_printed_so(cause: Cause) -> None:
    for language, text in halves(cause).items():
        buttons = {" ".join(each.split()) for each in re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)}
        assert buttons <= set(printed(words(language).told)), language


def test_there_is_no_page_of_a_cause_that_is_none_and_the_handbook_names_each() -> None:
    pages = {page.stem for page in (DOCS / "causes").glob("*.md")}
    assert pages == {cause.value for cause in Cause}
    handbook = (DOCS / "operations.md").read_text(encoding="utf-8")
    assert [cause for cause in Cause if f"(causes/{cause}.md)" not in handbook] == []
