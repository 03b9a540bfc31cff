"""The edge: filings claimed, operations asked for, callbacks received, papers uploaded."""

from records.edge.claims import Claim, ClaimRequest, Claims
from records.edge.inbox import Inbox, InboxItem, InboxState
from records.edge.operations import Operations
from records.edge.uploads import Upload, Uploads, UploadUnknown

__all__ = [
    "Claim",
    "ClaimRequest",
    "Claims",
    "Inbox",
    "InboxItem",
    "InboxState",
    "Operations",
    "Upload",
    "UploadUnknown",
    "Uploads",
]
