"""Words that leave the process never change their spelling: outside callers, histories and keys rest on them.

A row may be added; to change or drop one breaks somebody, and the table says so.
"""

from enum import StrEnum

import pytest

from contracts import causes, queues
from contracts.acts import ActProblem, ActState, Meaning
from contracts.agencies import Agency, Case, Step
from contracts.benefit_steps import ClaimState
from contracts.benefits import Doubt, InsuranceStatus, MeritCategory, Payer
from contracts.birth import BirthCase, Consent, Relation, ResidenceCase
from contracts.causes import Owner
from contracts.claims import PaymentMethod, RecipientKind
from contracts.death import ResidenceKind, SubstituteKind
from contracts.dossier import (
    Channel,
    DocumentKind,
    DocumentState,
    Finding,
    Group,
    LegKind,
    LegState,
    Stage,
    TaskKind,
    TaskState,
)
from contracts.failures import PARKING_ERRORS
from contracts.incidents import IncidentCode, Remedy
from contracts.journal import EventKind
from contracts.legs import Act, Level, Place
from contracts.orders import StepAct
from contracts.people import Delivery, Kinship, Sex
from contracts.standings import Standing
from contracts.steps import ANSWERED_BY, RESULTS
from contracts.tasks import Decision, Receipt

WORDS: dict[type[StrEnum], str] = {
    Agency: "civil-status population residence social-insurance labour health-facility one-stop national-portal vneid"
    " signing notification",
    Step: "birth_notice register issue_id certificate register_residence issue_card hand_over death_notice person"
    " register_death death_extract remove_residence lock_card decide_funeral pay_funeral decide_one_off pay_one_off"
    " decide_survivor pay_survivor annul_death restore_residence unlock_card recover_funeral recover_one_off"
    " recover_survivor seal status notice",
    Group: "birth death",
    Channel: "online counter office",
    Stage: "submitted needs_supplement in_progress done returned rejected withdrawn stopped",
    LegKind: "civil_status personal_id residence health_card id_card death_registration residence_removal"
    " health_card_lock funeral one_off survivor",
    LegState: "waiting sent pending needs_supplement granted refused not_applicable parked withdrawn",
    TaskKind: "review signature consent decision",
    TaskState: "open blocked done cancelled",
    DocumentKind: "birth_certificate death_extract",
    DocumentState: "draft requested signed sealed published superseded",
    Finding: "notice-missing notice-not-declared notice-mother-differs notice-sex-differs notice-date-differs"
    " notice-person-differs notice-before-death register-unknown register-differs register-says-dead"
    " personal-id-unlikely late-registration",
    IncidentCode: "answer-unreadable request-rejected suspected-duplicate document-not-rendered personal-id-refused"
    " personal-id-mismatch hand-over-refused amount-differs step-failed seal-refused stopped-by-support",
    Remedy: "retry retry_with record_result give_up",
    Decision: "accept supplement reject",
    Receipt: "taken known",
    BirthCase: "both_parents mother_unknown father_unknown both_unknown abandoned",
    Sex: "male female",
    ResidenceCase: "parents_own parents_not_owners rented grandparents guardian institution vehicle",
    Consent: "not_needed vneid paper_ct01",
    Delivery: "electronic counter post",
    Relation: "mother father grandparent relative guardian representative",
    Kinship: "spouse child parent sibling grandparent grandchild relative representative",
    ResidenceKind: "permanent temporary current none",
    SubstituteKind: "none commune_notice execution_record court_decision police_conclusion health_confirmation minutes"
    " witness_statement",
    RecipientKind: "person organisation",
    PaymentMethod: "bank post cash",
    Payer: "social_insurance merit social_protection emergency social_pension veteran armed_forces",
    InsuranceStatus: "pensioner monthly_benefit voluntary compulsory reserved",
    MeritCategory: "before_1945 uprising_1945 martyr_relative heroic_mother hero war_invalid sick_soldier toxin_victim"
    " toxin_victim_child resistance_activist imprisoned revolution_helper",
    Doubt: "tie open payer-changed",
    Act: "examine check decide",
    Level: "commune district province insurer",
    Place: "registration last_residence merit_file notice_issuer survivor_residence",
    EventKind: "filed law_read checked task_opened task_closed supplement_requested supplement_answered clock_paused"
    " clock_resumed accepted leg_changed number_absent document_drafted document_signed document_published"
    " document_sealed document_superseded signature_refused handed_over incident_opened incident_resolved held"
    " released step_ordered leg_replayed rejected"
    " withdrawn stopped done returned benefits_routed benefit_decided benefit_recovered payment_bounced"
    " decision_taken payer_reminded office_moved",
    ClaimState: "reserved decided paid recovered",
    StepAct: "again stop",
    Standing: "unknown pending granted refused",
    Owner: "agency office support developer",
    ActState: "waiting approved doing done verified reopened declined expired failed",
    ActProblem: "parked-again refused-again not-final views-differ result-differs changed agency-silent"
    " nothing-under-way nothing-waits dossier-closed not-reopenable",
    Meaning: "sent found asked-again refused looked-up agency-silent only-asked",
    causes.Act: "ask again retry_with record_result give_up hold release replay redeliver",
}


@pytest.mark.parametrize("kind", WORDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_a_word_that_was_ever_said_is_still_said_the_same_way(kind: type[StrEnum]) -> None:
    assert set(WORDS[kind].split()) == {each.value for each in kind}, "a new word gets its place in the table"


def test_an_idempotency_key_is_the_dossier_the_step_its_part_and_the_group() -> None:
    code = "G22.99.08-261122-000001"
    assert Case(dossier=code, step=Step.REGISTER).key == f"{code}:register:1"
    assert Case(dossier=code, step=Step.HAND_OVER, part="birth_certificate-1-vneid", group=3).key == (
        f"{code}:hand_over:birth_certificate-1-vneid:3"
    )


def test_queues_keep_their_names_for_running_dossiers_name_them() -> None:
    assert (queues.WORKFLOWS, queues.JOURNAL, queues.DOCUMENTS) == ("dossiers", "journal", "documents")
    assert queues.of(Agency.CIVIL_STATUS) == "agency.civil-status"


def test_failures_that_park_keep_their_names_for_retry_policies_in_histories_name_them() -> None:
    assert {error.__name__ for error in PARKING_ERRORS} == {
        "AgencyProtocolError",
        "RequestRejected",
        "SuspectedDuplicate",
        "SealRefused",
        "DocumentNotRendered",
    }


def test_each_step_that_may_be_answered_late_says_what_its_answer_holds_and_who_may_give_it() -> None:
    assert RESULTS.keys() == ANSWERED_BY.keys()


@pytest.mark.parametrize(
    ("stage", "closed"),
    [(stage, stage in {"returned", "rejected", "withdrawn", "stopped"}) for stage in Stage],
)
def test_a_closed_stage_is_one_in_which_nothing_happens_any_more(stage: Stage, closed: bool) -> None:
    assert stage.closed is closed


@pytest.mark.parametrize(
    ("state", "ended"),
    [(state, state in {"granted", "refused", "not_applicable", "withdrawn"}) for state in LegState],
)
def test_an_ended_leg_does_not_move_by_itself(state: LegState, ended: bool) -> None:
    assert state.ended is ended
