"""The world outside of the product, as those who live there see it."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulation.plan import Json
from simulators.shopify.in_process import InProcessShopify
from simulators.tiktok.in_process import InProcessTikTok

if TYPE_CHECKING:
    from simulation.life.commands import Commands


@dataclass(slots=True)
class Outside:
    """TikTok and Shopify, with every shop and store in them. `now` gives unix seconds.

    `commands`: what people have at hand of ordersync; None: there is no ordersync.
    """

    tiktok: InProcessTikTok
    shopify: InProcessShopify
    now: Callable[[], float]
    commands: "Commands | None" = None

    @property
    def ordersync(self) -> "Commands":
        """What people have at hand. ValueError: there is no ordersync."""
        if self.commands is None:
            raise ValueError("commands: missing; people do nothing without an installation")
        return self.commands

    async def tiktok_order(self, order_id: str) -> Json | None:
        """The order as TikTok stores it, nothing hidden; None: it is not there."""
        shown = await self.tiktok.control("GET", "/_sim/orders")
        return next((order for order in shown["orders"] if order["id"] == order_id), None)

    def store(self, domain: str) -> InProcessShopify:
        """Shopify, its calls about this store."""
        return dataclasses.replace(self.shopify, domain=domain)

    async def shopify_gid(self, domain: str, order_id: str) -> str | None:
        """The gid of `shopify_order`."""
        shown = await self.shopify_order(domain, order_id)
        return None if shown is None else str(shown["order"]["id"])

    async def shopify_order(self, domain: str, order_id: str) -> Json | None:
        """The first Shopify order in the store that was made of this TikTok order, or None; as
        ``GET /_sim/orders`` shows it.
        """
        for shown in await self.store(domain).orders():
            if order_id in json.dumps(shown["input"]):
                return shown
        return None
