"""What portals' webhooks say, and how an attempt to bring one ended."""

from enum import StrEnum

from pydantic import SecretStr

from contracts.base import DossierCode, Instant, Message
from contracts.journal import EventKind


class SubscriptionState(StrEnum):
    """`disabled`: the receiver said that it is gone (410)."""

    ACTIVE = "active"
    DISABLED = "disabled"
    DELETED = "deleted"


class DeliveryState(StrEnum):
    """`failed`: given up after the last attempt, or the subscription was disabled before its turn."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class EventData(Message):
    """Where the dossier stands after the event; no personal data ever."""

    stage: str
    leg: str | None = None


class WebhookEvent(Message):
    """The body; `id` is the event's number in the feed, where a portal that missed some catches up."""

    id: int
    type: EventKind
    dossier: DossierCode
    at: Instant
    data: EventData


class WebhookCall(Message):
    """One event on its way to one subscription; `attempts`: those made before."""

    subscription: str
    url: str
    secret: SecretStr
    attempts: int
    event: WebhookEvent

    @property
    def id(self) -> str:
        """The `webhook-id`: the same at every attempt."""
        return webhook_id(self.subscription, self.event.id)


class WebhookOutcome(Message):
    """What came of an attempt; `status` is none where no answer came, `gone`: never call this receiver again."""

    subscription: str
    event: int
    attempts: int
    status: int | None
    state: DeliveryState
    again_after_s: float | None = None
    gone: bool = False


def webhook_id(subscription: str, event: int) -> str:
    """One id per (subscription, event)."""
    return f"{subscription}.{event}"
