"""Forms for a step's request and result: only what was changed is sent, in the shape in which it came."""

import pytest

from api.console import entering
from api.web.words import Language, words
from contracts.agencies import Step
from contracts.steps import RESULTS

PRESENT = {
    "child": {"surname": "Trần", "middle_name": None, "born_on": "2026-11-14"},
    "survivors": [{"full_name": "Trần Thị Mẫu", "amount": 500}],
    "case": {"dossier": "G22.99.08-261122-000001"},
}
FIELDS = ("child", "survivors")


def test_every_part_of_a_permitted_field_is_an_input_and_no_other_is():
    told = entering.corrections(PRESENT, FIELDS, words(Language.EN))
    assert [(each.path, each.value) for each in told] == [
        ("child.surname", "Trần"),
        ("child.middle_name", ""),
        ("child.born_on", "2026-11-14"),
        ("survivors.1.full_name", "Trần Thị Mẫu"),
        ("survivors.1.amount", "500"),
    ]


def test_what_stays_as_it_was_is_no_correction():
    entered = {each.path: each.value for each in entering.corrections(PRESENT, FIELDS, words(Language.VI))}
    assert entering.corrected(PRESENT, FIELDS, entered) == {}
    assert entering.corrected(PRESENT, FIELDS, {}) == {}


@pytest.mark.parametrize(
    ("entered", "changed"),
    [
        ({"child.surname": " Lê "}, {"child": {**PRESENT["child"], "surname": "Lê"}}),
        ({"child.surname": ""}, {"child": {**PRESENT["child"], "surname": None}}),
        ({"child.middle_name": "Văn"}, {"child": {**PRESENT["child"], "middle_name": "Văn"}}),
        ({"survivors.1.amount": "700"}, {"survivors": [{"full_name": "Trần Thị Mẫu", "amount": 700}]}),
        ({"survivors.1.amount": "mười"}, {"survivors": [{"full_name": "Trần Thị Mẫu", "amount": "mười"}]}),
        ({"case.dossier": "G22.99.08-261122-000002"}, {}),
    ],
)
def test_a_field_is_corrected_as_a_whole(entered: dict[str, str], changed: dict[str, object]):
    assert entering.corrected(PRESENT, FIELDS, entered) == changed


@pytest.mark.parametrize("step", list(RESULTS))
def test_a_result_is_asked_for_field_by_field(step: Step):
    told = entering.result(step, words(Language.VI))
    assert {each.path for each in told} == set(RESULTS[step].model_fields)
    assert {each.path for each in told if each.needed} == {
        name for name, field in RESULTS[step].model_fields.items() if field.is_required()
    }


def test_an_amount_is_a_number_and_what_was_left_out_is_not_sent():
    entered = {"decision_number": "12/QĐ", "decided_on": "2026-11-22", "amount": " 25300000 ", "reason": "x"}
    assert entering.recorded(Step.DECIDE_FUNERAL, entered) == {
        "decision_number": "12/QĐ",
        "decided_on": "2026-11-22",
        "amount": 25300000,
    }
    assert entering.recorded(Step.LOCK_CARD, {"insurance_number": "", "locked_on": "2026-11-22"}) == {
        "locked_on": "2026-11-22"
    }
