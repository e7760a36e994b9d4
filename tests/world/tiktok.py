"""TikTok Shop in a world: its simulator behind our client, and the network between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from tests.world.clock import WorldClock
from tests.world.story import SHOP_ID

from connections.grants import to_credential
from simulators.tiktok.in_process import SETTINGS, InProcessTikTok
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.tokens import TokenClient
from vault.interface import Vault


class Network(httpx.AsyncBaseTransport):
    """What our calls to TikTok go through: ``to`` may be anything that answers."""

    def __init__(self, to: httpx.AsyncBaseTransport) -> None:
        self.to = to

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        return await self.to.handle_async_request(request)


@dataclass
class TikTokSide:
    """``sim`` is steered by a test, ``client`` and ``tokens`` are what a service is given."""

    sim: InProcessTikTok
    network: Network
    client: TikTokClient
    tokens: TokenClient

    async def authorise(self, vault: Vault, grant_id: str) -> None:
        """The seller opens the shop and authorises us; the vault holds what that gives."""
        shop = {"name": "Harbor & Pine", "region": "US"}
        opened = await self.sim.control("PUT", f"/_sim/shops/{SHOP_ID}", shop)
        granted = await self.sim.control("POST", "/_sim/grants", {"shop_ids": [SHOP_ID]})
        tokens = await self.tokens.get(granted["auth_code"])
        await vault.put_credential("tiktok_shop", SHOP_ID, {"cipher": opened["cipher"]})
        await vault.put_credential("tiktok_grant", grant_id, to_credential(tokens))


@asynccontextmanager
async def tiktok_side(clock: WorldClock) -> AsyncIterator[TikTokSide]:
    """A TikTok Shop without a shop."""
    sim = InProcessTikTok(shop_id=SHOP_ID)
    sim.start()
    clock.follow(lambda unix: setattr(sim, "now", unix))
    app = App(SETTINGS.app_key, SETTINGS.app_secret)
    network = Network(sim.transport)
    async with sim.http, httpx.AsyncClient(transport=network, base_url="http://sim") as http:
        yield TikTokSide(
            sim,
            network,
            TikTokClient(http, app, clock=clock.wall, base_url="http://sim"),
            TokenClient(http, app, clock=clock.wall, base_url="http://sim"),
        )
