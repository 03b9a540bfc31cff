"""What a wish of support comes to: the words that are kept of it, and the hash by which an approval names it."""

import hmac
import json
from hashlib import sha256
from typing import Any

from contracts.acts import ActAsked, ActTold, ActView, Call, Correction, Target
from contracts.causes import second_person


def told_of(asked: ActAsked, before: dict[str, Any], calls: tuple[Call, ...]) -> ActTold:
    """What is kept; `before`: the fields as they were."""
    changes = (asked.input or {}).items()
    return ActTold(
        agency=asked.target.agency,
        reason=asked.reason,
        corrections=tuple(Correction(field=name, before=before.get(name), after=after) for name, after in changes),
        result=asked.result,
        evidence=asked.evidence,
        calls=calls,
    )


def hash_of(key: bytes, asked: ActAsked) -> bytes:
    """Of everything that a second person approves, under the dossier's key: a plain hash of a number gives it away."""
    fields = asked.model_dump(mode="json", exclude={"reason", "evidence"})
    fields["input"] = fields["input"] or None
    fields["evidence"] = asked.evidence.sha256 if asked.evidence else None
    return hmac.digest(key, b"act\0" + json.dumps(fields, sort_keys=True, ensure_ascii=False).encode(), sha256)


def intact(key: bytes, act: ActView) -> bool:
    """Whether an act is still what was asked for, and somebody else agreed to it where somebody has to."""
    if not hmac.compare_digest(hash_of(key, _asked(act)).hex(), act.asked_hash):
        return False
    return not second_person(act.act, act.told.input or ()) or act.approved_by not in {None, act.by}


def _asked(act: ActView) -> ActAsked:
    """The wish as it stands where it is kept."""
    named = None if act.incident == act.told.aimed else act.incident
    return ActAsked(
        dossier=act.dossier,
        act=act.act,
        target=Target(leg=act.leg, step=act.step, incident=named, agency=act.told.agency),
        reason=act.told.reason,
        input=act.told.input,
        result=act.told.result,
        evidence=act.told.evidence,
    )
