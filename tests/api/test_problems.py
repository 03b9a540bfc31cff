"""How a dossier's refusals are told."""

import pytest

from api.problems import SIGNATURE_PROBLEMS, refusal
from orchestrator import Refusal


@pytest.mark.parametrize("name", [*SIGNATURE_PROBLEMS, "anything-else"])
def test_what_a_dossier_answered_to_a_signature_never_asks_for_a_repeat_with_the_same_key(name: str) -> None:
    told = refusal(Refusal("SignatureRefused", "refused", ({"problem": name, "detail": "nothing was signed"},)))
    assert (told.name, told.detail) == (name, "nothing was signed")
    assert told.status != 503
