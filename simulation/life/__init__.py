"""What people do: every kind of act of a plan, by its name."""

from collections.abc import Mapping

from simulation.life.aftersales import AFTERSALES
from simulation.life.kinds import ActKind
from simulation.life.merchant import MERCHANT
from simulation.life.parcels import PARCELS
from simulation.life.people import PEOPLE
from simulation.life.seller import SELLER

ACTS: Mapping[str, ActKind] = {**SELLER, **PARCELS, **AFTERSALES, **MERCHANT, **PEOPLE}

__all__ = ["ACTS", "ActKind"]
