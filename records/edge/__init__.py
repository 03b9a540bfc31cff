"""The edge: filings claimed, operations asked for, callbacks received, papers uploaded, webhooks subscribed."""

from records.edge.claims import Claim, ClaimRequest, Claims, Purpose
from records.edge.inbox import Inbox, InboxItem, InboxState
from records.edge.operations import Operations
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
    "Inbox",
    "InboxItem",
    "InboxState",
    "Operations",
    "Purpose",
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
