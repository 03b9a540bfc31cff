"""How a dossier's refusals are told."""

import pytest

from api.problems import SIGNATURE_PROBLEMS, refusal
from orchestrator import Refusal


@pytest.mark.parametrize("name", [*SIGNATURE_PROBLEMS, "anything-else"])
def test_what_a_dossier_answered_to_a_signature_never_asks_for_a_repeat_with_the_same_key(name: str) -> None:
    told = refusal(Refusal("SignatureRefused", "refused", ({"problem": name, "detail": "nothing was signed"},)))
    assert (told.name, told.detail) == (name, "nothing was signed")
    assert told.status != 503


@pytest.mark.parametrize(
    ("kind", "where", "name"),
    [
        ("ChoiceUnknown", "choice", "choice-unknown"),
        ("PaymentNeeded", "payment", "payment-needed"),
        ("PaymentNotNeeded", "payment", "payment-not-needed"),
    ],
)
def test_a_choice_that_cannot_be_taken_points_at_its_field(kind: str, where: str, name: str) -> None:
    told = refusal(Refusal(kind, "refused", ({"loc": [where]},)))
    assert (told.status, told.name) == (422, name)
    assert [each.pointer for each in told.errors] == [f"/{where}"]
