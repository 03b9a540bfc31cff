"""Every word that a page may need is there, in both languages."""

import re
from enum import StrEnum
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
import yaml

import api.web
from api.problems import REFUSALS, SIGNATURE_PROBLEMS
from api.verify.genuine import Standing
from api.web.words import Language, Words, words
from contracts import agencies, benefits, birth, claims, death, dossier, journal, legs, people, tasks, verdicts
from contracts.base import Message
from contracts.causes import CAUSES, Act, Cause, Owner
from contracts.filings import FILINGS
from contracts.steps import RESULTS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(api.web.__file__).parent / "templates"
UNSHOWN = {"Step", "Receipt", "RevocationSource", "StrEnum"}


def enumerations() -> dict[str, type[StrEnum]]:
    modules = (agencies, benefits, birth, claims, death, dossier, journal, people, tasks, verdicts)
    found = [each for module in modules for each in vars(module).values() if isinstance(each, type)]
    ours = {each.__name__: each for each in found if issubclass(each, StrEnum) and each.__module__ != "enum"}
    others = {"Level": legs.Level, "Act": legs.Act, "Standing": Standing}
    return {name: each for name, each in ours.items() if name not in UNSHOWN} | others


def fields(kind: object) -> set[str]:
    if isinstance(kind, type) and issubclass(kind, Message):
        own = {name: field.annotation for name, field in kind.model_fields.items()}
        return set(own).union(*(fields(each) for each in own.values()))
    return set().union(*(fields(each) for each in get_args(kind)))


@pytest.fixture(params=list(Language))
def w(request: pytest.FixtureRequest) -> Words:
    return words(request.param)


def test_both_languages_have_the_same_words_and_the_same_gaps_in_them() -> None:
    vietnamese, english = words(Language.VI).told, words(Language.EN).told
    assert {section: set(told) for section, told in vietnamese.items()} == {s: set(t) for s, t in english.items()}
    for section, told in vietnamese.items():
        for key, text in told.items():
            both = (text, english[section][key])
            gaps = [{name for _, name, _, _ in Formatter().parse(each) if name} for each in both]
            assert gaps[0] == gaps[1], f"{section}.{key}"


@pytest.mark.parametrize("name", sorted(enumerations()))
def test_every_state_and_kind_has_its_words(name: str, w: Words) -> None:
    assert {each.value for each in enumerations()[name]} <= set(w.told[name])


def test_every_cause_has_its_words_and_so_has_whoever_acts_on_it(w: Words) -> None:
    assert {each.value for each in Cause} == set(w.told["Cause"])
    assert {f"{each}.{part}" for each in Cause for part in ("what", "why", "do")} == set(w.told["cause"])
    assert {each.value for each in Owner} == set(w.told["Owner"])
    assert {each.value for each in Act} <= set(w.told["Act"])


def test_every_field_of_a_declaration_and_of_an_answer_has_its_name(w: Words) -> None:
    told = set().union(*(fields(each) for each in FILINGS.values()), *(fields(each) for each in RESULTS.values()))
    assert told <= set(w.told["field"])


def test_every_field_that_support_may_correct_has_its_name(w: Words) -> None:
    assert {name for row in CAUSES.values() for name in row.fields} <= set(w.told["field"])


@pytest.mark.parametrize("group", ["birth", "death"])
def test_every_paper_and_reason_of_the_law_has_its_words(group: str, w: Words) -> None:
    law = yaml.safe_load((ROOT / f"policy/parameters/{group}.yaml").read_text(encoding="utf-8"))
    for topic, section in (("papers", "paper"), ("reasons", "reason")):
        codes = {each["code"] for span in law[topic]["values"] for each in span["value"]}
        assert codes <= set(w.told[section])


def test_every_refusal_has_its_words(w: Words) -> None:
    assert {name for _, name in REFUSALS.values()} | set(SIGNATURE_PROBLEMS) <= set(w.told["problem"])


def test_every_key_in_a_page_is_known(w: Words) -> None:
    for page in TEMPLATES.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for section, name in re.findall(r"w\('(\w+)\.([\w-]+)'[,)]", text):
            assert name in w.told[section], f"{page.name}: {section}.{name}"
        for section in re.findall(r"w\('(\w+)\.' ~", text) + re.findall(r"w\.code\('(\w+)'", text):
            assert section in w.told, f"{page.name}: {section}"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("60/2014/QH13 art. 16(2)", "60/2014/QH13, khoản 2 Điều 16"),
        ("58/2014/QH13 art. 66, 80", "58/2014/QH13, Điều 66, 80"),
        ("41/2024/QH15 art. 86; 131/2021/NĐ-CP art. 124", "41/2024/QH15, Điều 86; 131/2021/NĐ-CP, Điều 124"),
        ("1872/QĐ-BTP", "1872/QĐ-BTP"),
    ],
)
def test_an_article_is_named_as_it_is_in_vietnamese(reference: str, said: str) -> None:
    assert words(Language.VI).law(reference) == said
    assert words(Language.EN).law(reference) == reference


def test_no_page_has_a_script_or_a_style_of_its_own() -> None:
    for page in TEMPLATES.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<style|<script(?![^>]* src=)| style=| on[a-z]+=|\|safe", text), page.name
