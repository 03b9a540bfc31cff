"""Facts that were taken back: what was done once may then come true, and be done, once more."""

from sim_agencies.store import Store

TAKEN_BACK = "taken-back"


def turn(store: Store, fact: str) -> str:
    """The identity of a fact: the same until it is taken back, another from then on."""
    return f"{fact}|{store.get(TAKEN_BACK, fact) or 0}"


def take_back(store: Store, fact: str) -> None:
    """The fact no longer stands."""
    store.put(TAKEN_BACK, fact, str(int(store.get(TAKEN_BACK, fact) or 0) + 1))
