"""How much of a dossier is told to whom."""

from datetime import UTC, datetime

from api.gate import Caller
from api.sight import shown
from contracts.dossier import Channel, DossierState, Group, LegKind, LegView

STATE = DossierState(
    code="G22.99.08-260703-000001",
    group=Group.DEATH,
    channel=Channel.ONLINE,
    office="00070",
    filed_at=datetime(2026, 7, 3, tzinfo=UTC),
    legs=(LegView(kind=LegKind.FUNERAL, agency="labour", keys=("k",), payer="merit", amount=25_300_000),),
    duplicate_of="G22.99.08-260702-000001",
)
PORTAL = Caller("portal", "portal", frozenset({"dossiers:read"}), None)
CLERK = Caller("desk", "clerk", frozenset({"tasks:read"}), frozenset({"00070"}))
SUPPORT = Caller("console", "support", frozenset({"support:read"}), None)


def test_a_portal_is_told_who_pays_what_but_nothing_of_other_filings_or_of_keys() -> None:
    told = shown(PORTAL, STATE)
    [leg] = told["legs"]
    assert (leg["payer"], leg["amount"]) == ("merit", 25_300_000)
    assert "keys" not in leg
    assert "duplicate_of" not in told


def test_clerks_of_the_office_and_support_are_told_all() -> None:
    for caller in (CLERK, SUPPORT):
        told = shown(caller, STATE)
        assert told["duplicate_of"] == STATE.duplicate_of
        assert told["legs"][0]["keys"] == ["k"]
