"""Messages are frozen, know their fields, and take nothing for a date, a name or a number that is not one."""

import importlib
import pkgutil
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import contracts
from contracts.agencies import Agency, Granted, Pending, Refused, Step, number_in
from contracts.base import Code, Day, DossierCode, Instant, Line, Message, Name, Office, PersonalId
from contracts.birth import BirthFiling
from contracts.birth_steps import BirthRegistered, PersonalIdIssued, RegisterAnswer
from contracts.tasks import CallbackAnswer, answer_from
from contracts.verdicts import Told
from tests.workflows.birth import a_filing


def every_message() -> list[type[BaseModel]]:
    for module in pkgutil.iter_modules(contracts.__path__):
        importlib.import_module(f"contracts.{module.name}")
    found, waiting = [], [BaseModel]
    while waiting:
        children = waiting.pop().__subclasses__()
        waiting += children
        found += [each for each in children if each.__module__.startswith("contracts.")]
    return found


@pytest.mark.parametrize("message", every_message(), ids=lambda message: message.__name__)
def test_every_message_is_frozen_and_forbids_what_it_does_not_know(message: type[BaseModel]) -> None:
    assert message.model_config.get("frozen") is True
    stored = issubclass(message, Told)  # read again long after it was written, by us alone
    assert message.model_config.get("extra") == ("ignore" if stored else "forbid")


def test_an_unknown_field_is_refused_at_any_depth() -> None:
    filing = a_filing(1).model_dump(mode="json")
    filing["declaration"]["child"]["nickname"] = "Bống"
    with pytest.raises(ValidationError) as told:
        BirthFiling.model_validate(filing)
    assert [error["loc"] for error in told.value.errors()] == [("declaration", "child", "nickname")]


def test_a_filing_says_the_same_after_a_journey_as_json() -> None:
    filing = a_filing(1)
    assert BirthFiling.model_validate_json(filing.model_dump_json()) == filing


REFUSED: list[tuple[Any, Any]] = [
    (Day, 0),
    (Day, 5),
    (Day, 20261122),
    (Day, 1.0),
    (Day, True),
    (Day, "22/11/2026"),
    (Day, "2026-02-30"),
    (Day, "0001-01-01"),
    (Day, "9999-12-31"),
    (Instant, "0001-01-01T00:00:00+14:00"),
    (Instant, "9999-12-31T23:59:59-12:00"),
    (Day, "2026-11-22T10:00:00Z"),
    (Instant, 0),
    (Instant, 1764000000),
    (Instant, 1764000000.5),
    (Instant, "2026-11-22T10:00:00"),  # without offset
    (Instant, "yesterday"),
    (PersonalId, "00119000000"),
    (PersonalId, "0011900000011"),
    (PersonalId, "٠٠١١٩٠٠٠٠٠٠١"),  # digits of another script
    (PersonalId, 1190000001),
    (Office, "70"),
    (Name, "   "),
    (Name, "x" * 121),
    (Line, ""),
    (Line, "x" * 501),
    (Code, "Wrong_Office"),
    (Code, "wrong office"),
    (Code, "x" * 65),
    (DossierCode, "G22.99.08-261122-00001"),
    (DossierCode, "G22.99.09-261122-000001"),
]


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_what_is_not_of_its_kind_is_refused(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)
    if isinstance(value, str | int | float):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_json(TypeAdapter(Any).dump_json(value))


def test_an_instant_is_kept_in_utc_and_a_day_as_written() -> None:
    told = TypeAdapter(Instant).validate_python("2026-11-22T01:30:00+07:00")
    assert told == datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
    assert told.tzinfo is UTC
    assert TypeAdapter(Day).validate_python("2026-11-22") == date(2026, 11, 22)


def test_names_are_kept_in_one_form_whatever_the_keyboard_made() -> None:
    composed = "Nguyễn Thị Hòa"
    assert TypeAdapter(Name).validate_python(f"  {unicodedata.normalize('NFD', composed)} ") == composed


REGISTERED = b'{"register_number": "1", "book": "1", "page": 1, "registered_on": "2026-11-22"}'
ANSWERS: list[tuple[bytes, type[Message]]] = [
    (b'{"outcome": "pending", "reference": "ht-1"}', Pending),
    (b'{"outcome": "refused", "reason": "wrong_office"}', Refused),
    (
        b'{"outcome": "granted", "result": %s}' % REGISTERED,
        Granted,
    ),
]


@pytest.mark.parametrize(("json", "kind"), ANSWERS)
def test_an_answer_is_told_apart_by_its_outcome(json: bytes, kind: type[Message]) -> None:
    assert isinstance(TypeAdapter(RegisterAnswer).validate_json(json), kind)


AGENCY = Agency.POPULATION


def callback(step: Step, outcome: Any, **body: Any) -> CallbackAnswer:
    code = "G22.99.08-261122-000001"
    return CallbackAnswer(
        message_id="m", dossier=code, agency=AGENCY, step=step, reference="r", outcome=outcome, body=body
    )


def test_a_late_answer_is_read_by_its_steps_own_result_and_passes_over_what_it_does_not_know() -> None:
    told = answer_from(callback(Step.ISSUE_ID, "granted", personal_id="001226000001", since="2026"))
    assert told == Granted(result=PersonalIdIssued(personal_id="001226000001"))
    refused = answer_from(callback(Step.ISSUE_ID, "refused", reason="data_mismatch", colour="red"))
    assert refused == Refused(reason="data_mismatch")


@pytest.mark.parametrize(
    ("step", "outcome", "body"),
    [
        (Step.ISSUE_ID, "granted", {}),
        (Step.ISSUE_ID, "granted", {"personal_id": ""}),
        (Step.REGISTER, "granted", {"personal_id": "001226000001"}),
        (Step.ISSUE_ID, "refused", {}),
        (Step.ISSUE_ID, "refused", {"reason": ""}),
    ],
)
def test_a_late_answer_that_does_not_fit_its_step_is_refused(step: Step, outcome: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        answer_from(callback(step, outcome, **body))


def test_the_number_that_people_know_a_result_by_is_found_in_each() -> None:
    registered = BirthRegistered(register_number="12/2026", book="1", page=1, registered_on=date(2026, 11, 22))
    assert number_in(registered.model_dump(mode="json")) == "12/2026"
    assert number_in({"receipt": "VN-1"}) is None
    assert number_in(None) is None
