"""The composition root: which adapter serves which activity, and which worker serves which queue."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from activities.benefit_law import BenefitLawActivities
from activities.benefits import BenefitActivities
from activities.checks import CheckActivities
from activities.civil_status import CivilStatusActivities
from activities.claims import ClaimActivities
from activities.courier import CourierActivities, Partner, PartnerCarrier
from activities.death_checks import DeathCheckActivities
from activities.delivery import DeliveryActivities
from activities.documents import DocumentActivities, SealActivities
from activities.health_facility import HealthFacilityActivities
from activities.journal import JournalActivities
from activities.law import LawActivities
from activities.population import PopulationActivities
from activities.ports import Receiver
from activities.residence import ResidenceActivities
from activities.social_insurance import SocialInsuranceActivities
from activities.standing import StandingActivities
from activities.webhooks import WebhookCarrier
from adapters.benefits import BenefitAdapter
from adapters.civil_status import CivilStatusAdapter
from adapters.health_facility import HealthFacilityAdapter
from adapters.holder import HolderAdapter
from adapters.http import AgencyHttp, Health
from adapters.labour import LabourAdapter
from adapters.national_portal import NationalPortalAdapter
from adapters.notification import NotificationAdapter
from adapters.one_stop import OneStopAdapter
from adapters.population import PopulationAdapter
from adapters.residence import ResidenceAdapter
from adapters.social_insurance import SocialInsuranceAdapter
from adapters.standing import StandingAdapter
from adapters.vneid import VneidAdapter
from adapters.webhooks import Receivers
from contracts.agencies import Agency
from contracts.outbox import Audience, Recipient
from policy.benefit_law import BenefitLaw
from policy.checks import BirthRules
from policy.death_checks import DeathRules
from policy.law import Law
from records.documents import DocumentStore
from records.edge import Uploads
from records.journal import JournalStore
from records.outbox import Outbox
from records.registers import Certificates, ClaimRegister, Duty, Offices, Persons, Seals
from records.webhooks import WebhookQueue
from workers.authorities import Authorities
from workers.document_room import DocumentRoom
from workers.ports import PartnerOutbox, PersonRegister
from workers.precedence import Precedence
from workers.rooms import Deaf, Rooms
from workers.sealing_room import SealingRoom

Served = list[Callable[..., Any]]
GROUPS: dict[str, tuple[Agency, ...]] = {
    "registry": (Agency.HEALTH_FACILITY, Agency.CIVIL_STATUS, Agency.POPULATION),
    "benefits": (Agency.RESIDENCE, Agency.SOCIAL_INSURANCE, Agency.LABOUR),
    "delivery": (Agency.VNEID, Agency.ONE_STOP, Agency.NATIONAL_PORTAL, Agency.NOTIFICATION),
}
"""Queues of agencies that one production service serves; besides them `workflows` and `documents`. Portals' webhooks
go with `delivery`."""
COURIERS: tuple[Recipient, ...] = (
    Agency.ONE_STOP,
    Agency.NATIONAL_PORTAL,
    Agency.NOTIFICATION,
    Audience.WEBHOOKS,
)


def workflow_activities(rooms: Rooms) -> Served:
    """What runs inside a turn, and on the journal's queue when it cannot."""
    law = LawActivities(Law())
    persons = PersonRegister(Persons(rooms.database), rooms.keys)
    checks, deaths = CheckActivities(BirthRules(), persons), DeathCheckActivities(DeathRules(), persons)
    benefits = BenefitLawActivities(BenefitLaw())
    journal = JournalActivities(JournalStore(rooms.database, rooms.keys))
    return [
        law.read_law,
        law.supplement_due,
        law.resume_clock,
        checks.check_child,
        checks.compare_notice,
        checks.check_number,
        checks.release_child,
        deaths.check_deceased,
        deaths.compare_death,
        benefits.route_claims,
        benefits.find_addressees,
        benefits.lay_chain,
        ClaimActivities(_claim_register(rooms)).settle_claim,
        journal.write_journal,
    ]


def document_activities(rooms: Rooms) -> Served:
    """The document room."""
    store, offices = DocumentStore(rooms.database, rooms.keys), Offices(rooms.database)
    authorities, precedence = Authorities(rooms.trust, rooms.signing), Precedence()
    room = DocumentRoom(
        store=store,
        uploads=Uploads(rooms.database, rooms.keys),
        keys=rooms.keys,
        offices=offices,
        duty=Duty(rooms.database),
        known=Certificates(rooms.database, rooms.keys),
        signing=rooms.signing,
        authorities=authorities,
        precedence=precedence,
        public_url=rooms.settings.public_url,
    )
    sealing = SealingRoom(
        store=store,
        offices=offices,
        seals=Seals(rooms.database),
        signing=rooms.signing,
        authorities=authorities,
        precedence=precedence,
    )
    documents = DocumentActivities(room)
    return [
        documents.draft_certificate,
        documents.draft_extract,
        documents.prepare_signer,
        documents.sign_document,
        SealActivities(sealing).seal_document,
    ]


def _health_facility(_: Rooms, http: AgencyHttp, __: DocumentStore) -> Served:
    facility = HealthFacilityActivities(HealthFacilityAdapter(http))
    return [facility.find_birth_notice, facility.find_death_notice]


def _civil_status(_: Rooms, http: AgencyHttp, __: DocumentStore) -> Served:
    registry = CivilStatusActivities(CivilStatusAdapter(http))
    return [
        registry.register_birth,
        registry.enquire_registration,
        registry.register_death,
        registry.enquire_death_registration,
        registry.annul_death,
        registry.enquire_annulment,
    ]


def _population(_: Rooms, http: AgencyHttp, __: DocumentStore) -> Served:
    population = PopulationActivities(PopulationAdapter(http))
    return [population.issue_id, population.enquire_id, population.find_person]


def _residence(_: Rooms, http: AgencyHttp, blobs: DocumentStore) -> Served:
    residence = ResidenceActivities(ResidenceAdapter(http), blobs)
    return [
        residence.register_residence,
        residence.enquire_residence,
        residence.remove_residence,
        residence.enquire_removal,
        residence.restore_residence,
        residence.enquire_restoration,
        *_handed_to(http, HolderAdapter(http), blobs),
    ]


def _social_insurance(rooms: Rooms, http: AgencyHttp, blobs: DocumentStore) -> Served:
    agency = SocialInsuranceAdapter(http)
    insurance = SocialInsuranceActivities(agency, blobs)
    return [
        insurance.issue_card,
        insurance.enquire_card,
        insurance.lock_card,
        insurance.enquire_lock,
        insurance.unlock_card,
        insurance.enquire_unlock,
        *_paying(rooms, agency, blobs),
        *_handed_to(http, HolderAdapter(http), blobs),
    ]


def _labour(rooms: Rooms, http: AgencyHttp, blobs: DocumentStore) -> Served:
    return _paying(rooms, LabourAdapter(http), blobs)


def _paying(rooms: Rooms, agency: BenefitAdapter, blobs: DocumentStore) -> Served:
    payer = BenefitActivities(agency, _claim_register(rooms), blobs)
    return [
        payer.decide_benefit,
        payer.enquire_decision,
        payer.pay_benefit,
        payer.enquire_payment,
        payer.ask_progress,
        payer.remind_payer,
        payer.recover_benefit,
        payer.enquire_recovery,
    ]


def _claim_register(rooms: Rooms) -> ClaimRegister:
    return ClaimRegister(rooms.database, rooms.keys)


def _vneid(_: Rooms, http: AgencyHttp, blobs: DocumentStore) -> Served:
    return _handed_to(http, VneidAdapter(http), blobs)


def _one_stop(rooms: Rooms, http: AgencyHttp, blobs: DocumentStore) -> Served:
    desk = OneStopAdapter(http)
    return [*_handed_to(http, desk, blobs), _courier(rooms, http, desk)]


def _national_portal(rooms: Rooms, http: AgencyHttp, _: DocumentStore) -> Served:
    return [_courier(rooms, http, NationalPortalAdapter(http))]


def _notification(rooms: Rooms, http: AgencyHttp, _: DocumentStore) -> Served:
    return [_courier(rooms, http, NotificationAdapter(http))]


def _handed_to(http: AgencyHttp, receiver: Receiver, blobs: DocumentStore) -> Served:
    delivery = DeliveryActivities({http.agency: receiver}, blobs)
    return [delivery.hand_over, delivery.enquire_hand_over]


def _courier(rooms: Rooms, http: AgencyHttp, partner: Partner) -> Callable[..., Any]:
    outbox = PartnerOutbox(Outbox(rooms.database, rooms.keys))
    return CourierActivities({http.agency: PartnerCarrier(outbox, http.agency, partner)}).deliver


def webhook_activities(rooms: Rooms) -> Served:
    """What brings events to portals."""
    local = rooms.settings.environment == "local"
    queue, receivers = WebhookQueue(rooms.database, rooms.keys), Receivers(rooms.outside, local=local)
    carrier = WebhookCarrier(queue, receivers, rooms.settings.webhook_retry_cap)
    return [CourierActivities({Audience.WEBHOOKS: carrier}).deliver]


SERVED: dict[Agency, Callable[[Rooms, AgencyHttp, DocumentStore], Served]] = {
    Agency.HEALTH_FACILITY: _health_facility,
    Agency.CIVIL_STATUS: _civil_status,
    Agency.POPULATION: _population,
    Agency.RESIDENCE: _residence,
    Agency.SOCIAL_INSURANCE: _social_insurance,
    Agency.LABOUR: _labour,
    Agency.VNEID: _vneid,
    Agency.ONE_STOP: _one_stop,
    Agency.NATIONAL_PORTAL: _national_portal,
    Agency.NOTIFICATION: _notification,
}
"""What each agency's queue serves; a new agency is one line here and one in its group."""


def agency_activities(rooms: Rooms, agency: Agency, health: Health) -> Served:
    """The activities of an agency's queue."""
    http = rooms.agency(agency, health)
    standing = StandingActivities(StandingAdapter(http))
    served = SERVED[agency](rooms, http, DocumentStore(rooms.database, rooms.keys))
    return [*served, standing.ask_standing, standing.ask_standings, standing.list_day]


def served(groups: str) -> tuple[set[str], list[Agency]]:
    """The groups a process serves and the agencies that belong to them; raises `ValueError` for an unknown one."""
    known = {"workflows", "documents", *GROUPS}
    names = known if groups == "all" else {name.strip() for name in groups.split(",")}
    if names - known:
        msg = f"LIENTHONG_WORKER_GROUPS names unknown groups: {', '.join(sorted(names - known))}"
        raise ValueError(msg)
    return names, [agency for name in GROUPS if name in names for agency in GROUPS[name]]


def probes(rooms: Rooms, agencies: Sequence[Agency]) -> dict[Agency, Callable[[], Awaitable[bool]]]:
    """How the breaker asks each agency whether it is back."""
    return {agency: rooms.agency(agency, Deaf()).alive for agency in agencies}
