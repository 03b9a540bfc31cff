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
UNREADABLE = "answer-unreadable"
"""The problem of a message that may have been taken all the same; any other one is a refusal."""


def key_in(name: str, attempt_group: int) -> str:
    """Under which key a message goes out; in its first attempt group that is its name."""
    return name if attempt_group == 1 else f"{name}:{attempt_group}"


def is_refused(attempts: int, problem: str | None) -> bool:
    """Whether a message was refused; the problem of one that was hurried is still that of the attempts before."""
    return attempts > 0 and problem not in {None, UNREADABLE}


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


class WaitingMessage(Message):
    """One message that its partner has not taken; `attempts`: since it was last hurried."""

    name: str
    partner: Agency
    attempt_group: int
    attempts: int
    problem: str | None = None

    @property
    def key(self) -> str:
        """Under which it goes out."""
        return key_in(self.name, self.attempt_group)

    @property
    def next_key(self) -> str:
        """Under which it would be new to its partner."""
        return key_in(self.name, self.attempt_group + 1)

    @property
    def refused(self) -> bool:
        """Whether it was refused since somebody hurried it."""
        return is_refused(self.attempts, self.problem)
