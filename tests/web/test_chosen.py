"""What a batch's forms carry from page to page, and what they must not."""

import pytest

from api.bodies import BATCH_MOST
from api.desk.chosen import Chosen, Mark, read
from api.problems import Problem

TASK, HASH = "G22.99.08-261122-000001.signature.birth_certificate.1", "0f" * 32


@pytest.mark.parametrize("chosen", [Chosen(TASK), Chosen(TASK, HASH, Mark.RIGHT), Chosen(TASK, HASH, Mark.OUT)])
def test_what_a_form_carries_is_read_as_it_was_written(chosen: Chosen):
    assert read([str(chosen)]) == [chosen]


@pytest.mark.parametrize(
    "written",
    ["", TASK, f"{TASK}/{HASH}", f"{TASK}/{HASH}/signed", f"{TASK}/{HASH[:-1]}/right", f"/{HASH}/right"],
)
def test_what_is_no_form_of_ours_is_refused(written: str):
    with pytest.raises(Problem, match="invalid"):
        read([written])


def test_no_form_carries_more_than_a_batch_holds():
    with pytest.raises(Problem, match="invalid"):
        read([str(Chosen(TASK, HASH, Mark.RIGHT))] * (BATCH_MOST + 1))
