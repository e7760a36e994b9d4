"""What happens in one history: who does what when, and which faults may strike. JSON both ways."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self, TypeAlias

from pydantic import TypeAdapter

Json: TypeAlias = Any
"""What ``json`` reads and writes."""
STORES: Final = 4
"""Shopify stores that there are, whether or not a shop is connected to them; numbers from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody does something ``at_s`` seconds after the beginning.

    ``kind``: a name in ``life.ACTS``; ``given``: its arguments, shops, stores and orders by their
    ids. An act that has nothing to act on (an order that is not there yet) is passed over.
    """

    at_s: float
    kind: str
    given: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """A fault that strikes once: not before ``at_s``, the ``skip + 1``-th time that it could.

    ``kind``: a name in ``faults.FAULTS``. ``on``: a pattern (``fnmatch``) of what it may hit: a
    machine (``shopify-writer-2``), or one of its calls (``shopify-writer-*/jobs.finish``).
    """

    at_s: float
    kind: str
    on: str = "*"
    skip: int = 0
    given: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One history. ``seed`` draws what the plan leaves open: who comes first, how long calls take.

    ``horizon_s``: no act and no fault comes later; then the world is left alone until it is at
    rest. ``settings``: of every service, by field. ``shops``: connected at the beginning, each to a
    store of its own. ``plant``: a bug of ``plants.PLANTS`` that is planted.
    """

    seed: int
    horizon_s: float
    settings: Mapping[str, Json] = field(default_factory=dict)
    shops: int = 1
    acts: tuple[Act, ...] = ()
    strikes: tuple[Strike, ...] = ()
    plant: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """A plan from its JSON. ValueError names the field that cannot be read."""
        plan: Self = TypeAdapter(cls).validate_json(text)
        return plan

    def to_json(self) -> str:
        """As it is kept in a file."""
        return json.dumps(asdict(self), indent=1) + "\n"


def shop_id(number: int) -> str:
    """The TikTok id of a history's shop; numbers from 1."""
    return f"749551473951234{number:04}"


def store_domain(number: int) -> str:
    """The Shopify store of a history's shop; numbers beyond the shops are stores to move to."""
    return f"store-{number}.myshopify.com"


def order_id(number: int) -> str:
    """The TikTok id of a history's order; numbers from 1."""
    return f"57646141303878{number:04}"
