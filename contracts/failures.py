"""Failures, named as facts. A refusal by an agency is no failure: it is an answer (`contracts.agencies.Refused`).

Failure
├── AgencyUnavailable      down, slow, refusing connections, 5xx: asked again without end
├── AgencyProtocolError    answered something that cannot be read: parks after three attempts
└── Final                  asking again would change nothing: parks at once
    ├── RequestRejected    the agency says that our request is wrong (4xx)
    ├── SuspectedDuplicate the agency thinks that it has this case already
    ├── SealRefused        the office has no seal that holds: its register is to be mended
    └── DocumentNotRendered the document could not be made

Messages are constants: an exception text reaches logs and failure attributes, so it never carries personal data.
"""


class Failure(Exception):
    """Something went wrong outside the dossier's own rules."""


class AgencyUnavailable(Failure):
    """The agency cannot be reached or is in trouble; the same request will be sent again."""


class AgencyProtocolError(Failure):
    """The agency's answer cannot be read."""


class Final(Failure):
    """Repeating the same request is pointless."""


class RequestRejected(Final):
    """The agency says that the request itself is wrong."""


class SuspectedDuplicate(Final):
    """The agency suspects that it knows this case under another key; a person has to look."""


class SealRefused(Final):
    """The office has no seal now, or what it has makes no seal that holds."""


class DocumentNotRendered(Final):
    """The document could not be made from this record."""


PARKING_ERRORS: tuple[type[Failure], ...] = (
    AgencyProtocolError,
    RequestRejected,
    SuspectedDuplicate,
    SealRefused,
    DocumentNotRendered,
)
"""What the server must not retry by itself; the incident interceptor decides."""
