"""What leaves for partners: statuses and notices, in order per dossier and partner."""

from enum import StrEnum
from typing import TypeAlias

from contracts.agencies import Agency, LegResult
from contracts.base import DossierCode, Instant, Message


class Audience(StrEnum):
    """Who is told besides agencies; the value is its queue and its courier's name."""

    WEBHOOKS = "webhooks"


Recipient: TypeAlias = Agency | Audience
"""Whoever has a courier."""


class PartnerMessage(Message):
    """One status or notice for one partner.

    `number`: its place among the dossier's messages to this partner. `status`: the partner's own code, none for a
    notice. `data`: what the message tells (reason, promised date, contact); personal, so it stands sealed at rest.
    """

    id: int
    partner: Agency
    dossier: DossierCode
    number: int
    key: str
    status: int | None = None
    event: str
    at: Instant
    data: dict[str, str | int | bool | None]
    results: tuple[LegResult, ...] = ()


class Delivered(Message):
    """What the partner said of one message: taken (or known already), or refused for a reason that is kept."""

    id: int
    problem: str | None = None
