"""Old histories load: what stands in one may hold fields that the messages no longer have; over HTTP it may not."""

from typing import Any

import pytest
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload

from contracts.agencies import Granted
from contracts.birth_steps import BirthRegistered, PersonalIdIssued, RegisterAnswer
from contracts.tasks import Pace, Review
from runtime.converter import MessageConverter

LINE = b'"register_number": "12", "book": "1", "page": 1, "registered_on": "2026-11-23"'
ANSWER = b'{"outcome": "granted", "result": {' + LINE + b"%s}%s}"
HINT: Any = RegisterAnswer


def payload(json: bytes) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json)


def test_a_field_that_is_gone_is_passed_over_at_any_depth() -> None:
    old = payload(ANSWER % (b', "clerk": "somebody"', b', "since": 2024'))
    [answer] = MessageConverter().from_payloads([old], [HINT])
    assert answer == MessageConverter().from_payloads([payload(ANSWER % (b"", b""))], [HINT])[0]
    assert isinstance(answer, Granted)
    assert isinstance(answer.result, BirthRegistered)


def test_a_field_that_is_new_has_its_default() -> None:
    [pace] = MessageConverter().from_payloads([payload(b'{"retry_cap": 7}')], [Pace])
    assert pace == Pace(retry_cap=7)


def test_over_http_the_same_message_forbids_what_it_does_not_know() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Review.model_validate_json(b'{"task": "t", "by": "c", "decision": "accept", "colour": "red"}')
    [review] = MessageConverter().from_payloads(
        [payload(b'{"task": "t", "by": "c", "decision": "accept", "colour": "red"}')], [Review]
    )
    assert review == Review(task="t", by="c", decision="accept")


def test_what_is_missing_or_wrong_is_refused_in_a_history_too() -> None:
    for wrong in (b"{}", b'{"personal_id": 5}', b'{"personal_id": ""}'):
        with pytest.raises(ValidationError):
            MessageConverter().from_payloads([payload(wrong)], [PersonalIdIssued])


def test_messages_become_json_that_names_each_field() -> None:
    [told] = MessageConverter().to_payloads([PersonalIdIssued(personal_id="001226000001")])
    assert (told.metadata["encoding"], told.data) == (b"json/plain", b'{"personal_id":"001226000001"}')
