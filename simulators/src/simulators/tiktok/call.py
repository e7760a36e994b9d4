"""A call that passed the gate, and the shape of an endpoint.

An endpoint reads its parameters and returns the work. The work runs once the rate limit lets it,
so a refused parameter costs nothing and a throttled write has not happened.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulators.tiktok.grants import Grant
from simulators.tiktok.order_fields import Json
from simulators.tiktok.shops import Shop
from simulators.tiktok.world import World


@dataclass(frozen=True, slots=True)
class SellerCall:
    """What an endpoint about the seller is given."""

    world: World
    grant: Grant


@dataclass(frozen=True, slots=True)
class ShopCall:
    """What an endpoint about a shop is given; `path` holds the ids in the path."""

    world: World
    shop: Shop
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, object]


Data = Json | bytes
"""The answer's `data`: an object, or its JSON text."""

Work = Callable[[], Data]
SellerEndpoint = Callable[[SellerCall], Work]
ShopEndpoint = Callable[[ShopCall], Work]
