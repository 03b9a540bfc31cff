"""What callers send."""

import json
from typing import Annotated, Any, Literal

from fastapi import Header
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api import examples
from contracts.base import Base64, Code, DossierCode, Line, Message, Name, Office, PersonalId, Sha256
from contracts.birth import Applicant, BirthDeclaration
from contracts.claims import Payment
from contracts.death import DeathApplicant, DeathDeclaration
from contracts.dossier import Channel, Group, LegKind
from contracts.followups import Order
from contracts.journal import EventKind
from contracts.tasks import Decision

IdempotencyKey = Annotated[str, Header(alias="idempotency-key", min_length=1, max_length=200)]
ATTACHMENTS_MOST = 20
PAPER_BASE64_MOST = 7_000_000
"""5 MB in base64."""
CERTIFICATE_BASE64_MOST = 14_000
"""10 kB in base64."""


DEPTH_MOST = 20


def _sayable(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse what JSON's readers let in and its writers cannot say: half letters, NaN, endless nesting."""
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    if _depth(value) > DEPTH_MOST:
        raise ValueError("nested too deeply")
    return value


def _depth(value: Any) -> int:  # noqa: ANN401  # JSON
    level, found = [value], 0
    while level and found <= DEPTH_MOST:
        found += 1
        level = [part for each in level for part in _parts(each)]
    return found


def _parts(value: Any) -> list[Any]:  # noqa: ANN401  # JSON
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _shown(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


Fields = Annotated[dict[str, Any], AfterValidator(_sayable)]
"""Fields that are checked later, against what they change."""


class Attachment(Message):
    """A paper: PDF or image, at most 5 MB; `sha256` is of its bytes."""

    kind: Code
    name: Line
    sha256: Sha256
    content_base64: Annotated[str, Field(max_length=PAPER_BASE64_MOST)]


Attachments = Annotated[tuple[Attachment, ...], Field(max_length=ATTACHMENTS_MOST)]


FilingChannel = Literal[Channel.ONLINE, Channel.COUNTER]


class BirthFilingBody(Message):
    """A filing of the birth group."""

    model_config = _shown(examples.BIRTH)

    group: Literal[Group.BIRTH]
    channel: FilingChannel
    office: Office
    applicant: Applicant
    declaration: BirthDeclaration
    attachments: Attachments = ()


class DeathFilingBody(Message):
    """A filing of the death group."""

    model_config = _shown(examples.DEATH)

    group: Literal[Group.DEATH]
    channel: FilingChannel
    office: Office
    applicant: DeathApplicant
    declaration: DeathDeclaration
    attachments: Attachments = ()


FilingBody = Annotated[BirthFilingBody | DeathFilingBody, Field(discriminator="group")]


class SupplementBody(Message):
    """`declaration`: changed fields only, merged into what was filed (RFC 7396)."""

    model_config = _shown(examples.SUPPLEMENT)

    request: Annotated[str, Field(min_length=1, max_length=100)]
    declaration: Fields = Field(default_factory=dict)
    attachments: Attachments = ()


class WithdrawalBody(Message):
    """Without `legs`, everything that can still be withdrawn."""

    model_config = _shown(examples.WITHDRAWAL)

    reason: Line
    legs: tuple[LegKind, ...] | None = None


class ReviewBody(Message):
    """`reason`: one of the task's choices to reject; what the citizen reads to ask for a supplement."""

    model_config = _shown(examples.REVIEW)

    decision: Decision
    reason: Line | None = None
    reason_text: Line | None = None
    documents: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "ReviewBody":
        if self.decision is not Decision.ACCEPT and not self.reason:
            raise ValueError("a supplement or a rejection needs its reason")
        return self


class RemoteSignature(Message):
    model_config = _shown(examples.REMOTE)

    method: Literal["remote"]
    document_sha256: Sha256
    pin: Annotated[str, Field(min_length=4, max_length=32)]


class TokenSignature(Message):
    """Either the PDF that the token's software signed, or what the token made of the prepared hash."""

    model_config = _shown(examples.TOKEN)

    method: Literal["token"]
    document_sha256: Sha256
    signed_pdf: Annotated[str, Field(max_length=PAPER_BASE64_MOST)] | None = None
    signature: Base64 | None = None

    @model_validator(mode="after")
    def _one(self) -> "TokenSignature":
        if (self.signed_pdf is None) == (self.signature is None):
            raise ValueError("exactly one of signed_pdf and signature is needed")
        return self


class PreparationBody(Message):
    """`certificate`: the token's, DER in base64; without it the one that was registered last and holds now."""

    model_config = _shown(examples.PREPARATION)

    document_sha256: Sha256
    certificate: Annotated[str, Field(max_length=CERTIFICATE_BASE64_MOST)] | None = None


SignatureBody = Annotated[RemoteSignature | TokenSignature, Field(discriminator="method")]
BATCH_MOST = 50


class BatchItem(Message):
    """One document of many, as it was shown."""

    task: Annotated[str, Field(min_length=1, max_length=100)]
    document_sha256: Sha256


class SignaturesBody(Message):
    """Many documents in the order in which they are to be signed; the PIN is given once."""

    model_config = _shown(examples.SIGNATURES)

    method: Literal["remote"]
    pin: Annotated[str, Field(min_length=4, max_length=32)]
    items: Annotated[tuple[BatchItem, ...], Field(min_length=1, max_length=BATCH_MOST)]

    @model_validator(mode="after")
    def _each_once(self) -> "SignaturesBody":
        if len({each.task for each in self.items}) != len(self.items):
            raise ValueError("a task stands in a batch once")
        return self


Person = Annotated[Line, Field(max_length=100)]
"""An account id."""


class ClaimBody(Message):
    """`from`: whoever has the task in hand now, from whom it is taken over."""

    model_config = _shown(examples.CLAIM)

    taken_from: Annotated[Person | None, Field(alias="from")] = None


class HandOverBody(Message):
    """`to`: somebody with a role at the task's office."""

    model_config = _shown(examples.HAND_OVER)

    to: Person
    reason: Line | None = None


KINDS = frozenset({*Group, "remote", "token"})
"""What the bodies of several kinds are told apart by."""


class ChoiceBody(Message):
    """`choice`: one of the task's; `payment`: where to pay instead, where the choice is to pay again."""

    model_config = _shown(examples.CHOICE)

    choice: Code
    reason: Line
    payment: Payment | None = None


class ReversalBody(Message):
    """The order of an office that had somebody registered as dead who lives."""

    model_config = _shown(examples.REVERSAL)

    order: Order


class SearchBody(Message):
    """Exactly one of the three."""

    model_config = _shown(examples.SEARCH)

    name: Name | None = None
    personal_id: PersonalId | None = None
    code: DossierCode | None = None

    @model_validator(mode="after")
    def _one(self) -> "SearchBody":
        if sum(each is not None for each in (self.name, self.personal_id, self.code)) != 1:
            raise ValueError("search by exactly one of name, personal_id and code")
        return self


class WebhookBody(Message):
    """Where to send which events; without `events`, all."""

    model_config = _shown(examples.WEBHOOK)

    url: Annotated[str, Field(min_length=1, max_length=500)]
    events: Annotated[tuple[EventKind, ...], Field(min_length=1, max_length=len(EventKind))] | None = None


class CallbackBody(BaseModel):
    """An agency's late answer; fields that we do not read may come and go."""

    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_extra={"examples": [examples.CALLBACK]})

    message_id: Annotated[str, Field(min_length=1, max_length=100)]
    reference: Annotated[str, Field(min_length=1, max_length=100)]
    dossier: Annotated[str, Field(min_length=1, max_length=40)]
    step: Annotated[str, Field(min_length=1, max_length=40)]
    answer: dict[str, Any]
