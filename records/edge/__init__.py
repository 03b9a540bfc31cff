"""The edge: filings claimed, operations asked for, callbacks, papers, webhooks, people logged in, tasks in hand."""

from records.edge.claims import Claim, ClaimRequest, Claims, Purpose
from records.edge.holding import HandOver, Holding, InHand, TaskHeld
from records.edge.inbox import Inbox, InboxItem, InboxState
from records.edge.operations import Operations
from records.edge.sessions import Holder, Sessions
from records.edge.uploads import Upload, Uploads, UploadUnknown
from records.edge.webhooks import (
    DeliveryUnknown,
    WebhookDeleted,
    WebhookDisabled,
    WebhookRefused,
    Webhooks,
    WebhooksTooMany,
    WebhookUnknown,
)

__all__ = [
    "Claim",
    "ClaimRequest",
    "Claims",
    "DeliveryUnknown",
    "HandOver",
    "Holder",
    "Holding",
    "InHand",
    "Inbox",
    "InboxItem",
    "InboxState",
    "Operations",
    "Purpose",
    "Sessions",
    "TaskHeld",
    "Upload",
    "UploadUnknown",
    "Uploads",
    "WebhookDeleted",
    "WebhookDisabled",
    "WebhookRefused",
    "WebhookUnknown",
    "Webhooks",
    "WebhooksTooMany",
]
