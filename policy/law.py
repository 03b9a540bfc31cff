"""The law of every group behind one door: what the activities ask."""

from datetime import datetime

from contracts.dossier import Group
from contracts.law import ClockQuestion, Deadlines, LawQuestion, LawSnapshot, SupplementQuestion
from policy import pack as packs
from policy.birth import BirthLaw
from policy.dated import NotInForce
from policy.death import DeathLaw
from policy.group import GroupLaw, supplement_due
from policy.pack import Pack

GROUPS: dict[Group, type[GroupLaw]] = {Group.BIRTH: BirthLaw, Group.DEATH: DeathLaw}
"""A further group is one more line here, with its module and its YAML."""


class Law:
    """Pure and quick; safe to share between threads."""

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack or packs.current()
        self._groups = {group: law(self._pack) for group, law in GROUPS.items()}

    def read(self, question: LawQuestion) -> LawSnapshot:
        """The law that governs a filing of its group."""
        return self._groups[question.group].read(question)

    def supplement_due(self, question: SupplementQuestion) -> datetime:
        """Until when the citizen may answer; alike for every group."""
        return supplement_due(self._pack, question)

    def resume(self, question: ClockQuestion) -> Deadlines:
        """The dates after a pause, by the group whose legs the snapshot holds."""
        kinds = {leg.leg for leg in question.law.legs}
        for law in self._groups.values():
            if kinds and kinds <= law.legs:
                return law.resume(question)
        raise NotInForce("no group has the legs of this snapshot")
