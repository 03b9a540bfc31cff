"""A dossier as lines: everything that happened, in Viet Nam's time, readable without colours."""

from typing import Any

from cli import timeline

VIEW: dict[str, Any] = {
    "code": "G22.99.08-261122-000001",
    "group": "birth",
    "stage": "needs_supplement",
    "held": False,
    "office": "00070",
    "filed_at": "2026-11-22T00:23:35Z",
    "promised_at": "2026-11-27T10:00:00Z",
    "legs": [
        {"kind": "civil_status", "state": "granted", "due_at": "2026-11-23T10:00:00Z", "overdue": True}
        | {"result": {"register_number": "1/2026", "book": None}, "reason": None},
        {"kind": "residence", "state": "refused", "due_at": None, "overdue": False}
        | {"result": None, "reason": "no_consent", "reason_text": "Chưa có ý kiến đồng ý"},
    ],
    "tasks": [{"id": "T.review.1", "state": "done", "due_at": "2026-11-23T10:00:00Z", "findings": ["notice-missing"]}],
    "documents": [{"id": "D.v1", "kind": "birth_certificate", "version": 1, "signed": True, "state": "published"}],
    "incidents": [{"id": "I.1", "code": "answer-unreadable", "opened_at": "2026-11-22T01:00:00Z"}],
    "supplement": {"documents": ["declaration"], "due_at": "2026-12-01T10:00:00Z", "reason": "Kiểm tra lại tên"},
}


def an_entry(**changes: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "at": "2026-11-22T00:23:36.5Z",
        "kind": "leg_changed",
        "leg": "residence",
        "actor": None,
        "data": {},
    }
    return {**known, **changes}


def test_the_title_says_where_it_stands_and_what_was_promised() -> None:
    assert timeline.title(VIEW) == (
        "G22.99.08-261122-000001  birth, office 00070: needs_supplement"
        "  (filed 22/11/2026 07:23, promised 27/11/2026 17:00)"
    )


def test_a_held_dossier_without_a_promise_says_so() -> None:
    told = timeline.title({**VIEW, "held": True, "promised_at": None})
    assert "needs_supplement, held" in told
    assert "promised –" in told


def test_an_entry_shows_legal_time_facts_and_who_acted() -> None:
    line = timeline.entry(an_entry(data={"state": "granted", "reason": None}, actor="clerk-sample"))
    assert line == "07:23:36  leg changed          residence           state granted  by clerk-sample"


def test_an_entry_of_a_kind_not_met_before_is_told_all_the_same() -> None:
    line = timeline.entry(an_entry(kind="moon_rose", leg=None, data={"until": "2026-12-01T10:00:00+00:00", "n": 0}))
    assert line == "07:23:36  moon rose                                until 01/12/2026 17:00; n 0"


def test_a_long_fact_is_cut() -> None:
    assert timeline.entry(an_entry(data={"text": "ă" * 100})).endswith("ă" * 60 + "…")


def test_the_standing_shows_legs_tasks_documents_incidents_and_what_is_asked_for() -> None:
    told = list(timeline.standing(VIEW))
    assert told == [
        "legs        civil_status  granted  due 23/11/2026 17:00  overdue  register_number 1/2026",
        "            residence     refused                                 no_consent: Chưa có ý kiến đồng ý",
        "tasks       T.review.1  done  due 23/11/2026 17:00  notice-missing",
        "documents   D.v1  birth_certificate v1  signed  published",
        "incidents   I.1  answer-unreadable  since 22/11/2026 08:00",
        "supplement  declaration until 01/12/2026 17:00: Kiểm tra lại tên",
    ]


def test_a_task_to_decide_shows_why_and_what_can_be_chosen() -> None:
    task = {"id": "T.decision.funeral.1", "state": "open", "due_at": "2026-11-23T10:00:00Z", "why": "tie"}
    readings = [{"choice": "social_insurance", "amount": 18_000_000}, {"choice": "emergency", "amount": 18_000_000}]
    told = list(timeline.standing({**VIEW, "tasks": [{**task, "readings": readings}]}))
    assert told[2].endswith("T.decision.funeral.1  open  due 23/11/2026 17:00  tie: social_insurance or emergency")


def test_a_closed_dossier_says_why() -> None:
    ended = {**VIEW, "supplement": None, "reason": "duplicate", "reason_text": None}
    assert list(timeline.standing(ended))[-1] == "ended       duplicate"


def test_the_whole_is_title_journal_and_standing() -> None:
    lines = timeline.whole(VIEW, [an_entry(), an_entry()]).splitlines()
    assert len(lines) == 1 + 2 + 6
