"""The cases of a death (domain.md A.5): one row a variant, which says where it differs from the plainest."""

from dataclasses import dataclass
from enum import Enum, auto

from contracts.benefits import MeritCategory, Payer


class Scene(Enum):
    """Where somebody died, and by what it is known."""

    FACILITY = auto()
    ON_THE_WAY = auto()
    """To the facility that sends the notice all the same."""
    ACCIDENT = auto()
    HOME = auto()
    """A paper stands in for the facility's notice."""
    COMMUNE = auto()
    """At home; the commune issued the notice."""


class Claimant(Enum):
    """Who files, and holds the funeral."""

    FAMILY = auto()
    ORGANISATION = auto()


@dataclass(frozen=True)
class Variant:
    """`procedures`: how many of the four are asked for; `days`: how long ago the death was, late from 16 on."""

    procedures: int = 2
    payers: tuple[Payer, ...] = ()
    merit: tuple[MeritCategory, ...] = ()
    never_paid: bool = False
    ages: range = range(62, 96)
    days: range = range(1, 13)
    scene: Scene = Scene.FACILITY
    claimant: Claimant = Claimant.FAMILY
    housed: bool = True
    headed: bool = False
    """The deceased was the household's head."""


_INVALID, _ACTIVIST = (MeritCategory.WAR_INVALID,), (MeritCategory.RESISTANCE_ACTIVIST,)
VARIANTS: dict[str, Variant] = {
    "V-D01": Variant(),
    "V-D02": Variant(housed=False),
    "V-D03": Variant(scene=Scene.FACILITY),
    "V-D04": Variant(scene=Scene.HOME),
    "V-D05": Variant(scene=Scene.ON_THE_WAY),
    "V-D06": Variant(4, (Payer.SOCIAL_INSURANCE,)),
    "V-D07": Variant(3, (Payer.MERIT,), _INVALID),
    "V-D08": Variant(3, (Payer.MERIT, Payer.SOCIAL_INSURANCE), _INVALID),
    "V-D09": Variant(3, (Payer.MERIT, Payer.SOCIAL_PROTECTION), _INVALID),
    "V-D10": Variant(3, (Payer.MERIT,), (*_INVALID, MeritCategory.TOXIN_VICTIM)),
    "V-D11": Variant(3, (Payer.SOCIAL_PROTECTION,)),
    "V-D12": Variant(3, (Payer.EMERGENCY,), ages=range(20, 70), scene=Scene.ACCIDENT),
    "V-D13": Variant(3, (Payer.SOCIAL_PENSION,), ages=range(76, 96)),
    "V-D14": Variant(3, (Payer.VETERAN,)),
    "V-D15": Variant(3, (Payer.SOCIAL_PROTECTION,), claimant=Claimant.ORGANISATION, headed=True),
    "V-D16": Variant(headed=True),
    "V-D17": Variant(3, (Payer.ARMED_FORCES,), ages=range(22, 48)),
    "V-D18": Variant(3, (Payer.MERIT,), _ACTIVIST, never_paid=True, ages=range(70, 96), scene=Scene.COMMUNE),
    "V-D19": Variant(days=range(16, 90)),
    "V-D20": Variant(claimant=Claimant.ORGANISATION, headed=True),
    "V-D21": Variant(),
}
USUAL = "V-D08"
