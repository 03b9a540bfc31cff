"""What support is told of a dossier's people until they give a reason, and who needs none."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.gate import Caller, login_of
from api.unmasking import by_right, shown
from contracts.acts import ActState, ActTold, ActView, Correction, Evidence
from contracts.causes import Act
from contracts.dossier import Group, Stage
from contracts.reopenings import LEGS
from records.queries import Header

CODE = "G22.99.08-260703-000001"
HEADER = Header(code=CODE, group=Group.BIRTH, client="portal", office="00070", stage=Stage.IN_PROGRESS)
NAME = "Nguyễn Thị Mẫu"


@pytest.mark.parametrize(
    ("client", "scope", "offices", "sees"),
    [
        ("portal", "dossiers:read", None, True),
        ("clerk", "dossiers:read tasks:read", {"00070"}, True),
        ("console", "dossiers:read support:read support:act", None, False),
        ("console", "dossiers:read support:read support:approve", None, False),
        ("desk", "tasks:read support:read", None, True),
    ],
)
def test_the_filer_and_whoever_works_on_it_need_no_reason(
    client: str, scope: str, offices: set[str] | None, sees: bool
) -> None:
    caller = Caller(client, client, frozenset(scope.split()), frozenset(offices) if offices else None)
    assert by_right(caller, HEADER) is sees


def an_act(**told: Any) -> ActView:
    now = datetime(2026, 7, 3, tzinfo=UTC)
    return ActView(
        id="a",
        dossier=CODE,
        act=Act.RETRY_WITH,
        state=ActState.DONE,
        by="support",
        asked_at=now,
        asked_hash="0" * 64,
        told=ActTold(reason="cơ quan hỏi lại", **told),
    )


def test_what_was_entered_into_an_act_is_covered_and_its_shape_is_not() -> None:
    act = an_act(
        corrections=(Correction(field="guardian_name", before="", after=NAME),),
        result={"notice_number": "12/TB"},
        evidence=Evidence(upload="u", name=f"{NAME}.pdf", sha256="1" * 64),
    )
    told = shown(act, covered=True)
    assert NAME not in repr(told)
    assert "12/TB" not in repr(told)
    assert [each["field"] for each in told["told"]["corrections"]] == ["guardian_name"]
    assert list(told["told"]["result"]) == ["notice_number"]
    assert told["told"]["reason"] == act.told.reason
    assert shown(act, covered=False) == act.model_dump(mode="json")


def test_the_legs_of_a_reopening_are_nobodys_data() -> None:
    act = an_act(corrections=(Correction(field=LEGS, after=["residence"]),))
    assert shown(act, covered=True) == act.model_dump(mode="json")


def test_a_login_is_told_from_another_and_not_by_its_secret() -> None:
    assert login_of("one") != login_of("other")
    assert "one" not in login_of("one")
