"""What a person has at hand: the console's actions, on the installation's own doubles.

A person's calls take no time and meet no fault: what they wait for is the services' work.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

import httpx

from connections.backpressure import Backpressure, Lag
from connections.grants import GrantAccess
from connections.shop_book import ShopBook
from connections.stores import StoreTokens
from console.backend import Backend
from console.orders.bulk import BulkSyncs
from console.platforms import BothSides
from console.rows import Rows
from console.shops.connecting import Seller
from console.shops.fetching import ShopCalls
from eventstore.store import EventStore
from runtime.clock import Clocks
from runtime.publisher import Publisher
from runtime.randomness import NewId
from shopify.calls import Calls
from shopify.client import ShopifyClient
from shopify.oauth import TokenSource
from shopify.tokens import StaticTokens, TokenProvider
from shopify.transport import open_http as open_shopify_http
from simulation.machine import EPOCH
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.tokens import TokenClient
from tiktok.transport import open_http as open_tiktok_http
from vault.interface import Vault

if TYPE_CHECKING:
    from simulation.installation import Installation

PERSON: Final = "person"
_BULK_LOOK_S: Final = 60.0
"""The console process does the work; what a person begins is only kept."""
OpenPublisher = Callable[[], AbstractAsyncContextManager[Publisher]]
Probe = Callable[[str, str], ShopifyClient]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """``probe``: a client that sends this token to this store (domain, token)."""

    store: EventStore
    vault: Vault
    rows: Rows
    shops: ShopBook
    backend: Backend
    tokens: TokenClient
    tiktok: TikTokClient
    shopify: Calls
    probe: Probe
    token_source: TokenSource
    bulk: BulkSyncs
    open_publisher: OpenPublisher
    lag: Lag
    clocks: Clocks
    new_id: NewId
    shopify_webhook_url: str

    @classmethod
    def on(cls, installation: "Installation") -> Self:
        """On an installation's doubles and simulators, as whoever stands outside of it."""
        made = Opening(installation)
        backend, stores = made.backend(), installation.stores
        backpressure = Backpressure(
            installation.cluster.lag, stores.jobs.bulk_seconds, made.clocks.monotonic
        )
        return cls(
            store=stores.events,
            vault=stores.vault,
            rows=stores.rows,
            shops=backend.shops,
            backend=backend,
            tokens=made.tokens(),
            tiktok=made.tiktok(),
            shopify=made.shopify(StoreTokens(stores.vault, made.wall, made.token_source())),
            probe=lambda store, token: made.shopify(StaticTokens({store: token})),
            token_source=made.token_source(),
            bulk=BulkSyncs(backend, backpressure, stores.bulk_runs, _BULK_LOOK_S),
            open_publisher=lambda: installation.cluster.open_publisher(client_id=PERSON),
            lag=installation.cluster.lag,
            clocks=made.clocks,
            new_id=installation.new_id,
            shopify_webhook_url=made.settings.shopify_webhook_url,
        )

    @property
    def seller(self) -> Seller:
        """TikTok, for connecting a seller."""
        return Seller(self.tokens, self.tiktok)

    @property
    def shop_calls(self) -> ShopCalls:
        """TikTok, for calls about connected shops."""
        return ShopCalls(self.tiktok, GrantAccess(self.vault, self.tokens, self.clocks.wall))


class Opening:
    """As ``console.cli.platform_opening``, on simulators."""

    def __init__(self, installation: "Installation") -> None:
        self._of = installation
        self.settings = installation.told_settings(BothSides)
        time = installation.loop.time
        self.clocks = Clocks(self.wall, time, time)
        secret = self.settings.tiktok_app_secret.get_secret_value()
        self._app = App(self.settings.tiktok_app_key, secret)
        self._tiktok_http = open_tiktok_http(transport=installation.tiktok.transport)
        self._shopify_http = open_shopify_http(transport=installation.shopify.transport)

    def wall(self) -> datetime:
        """What time it is, by nobody's wrong clock."""
        return EPOCH + timedelta(seconds=self._of.loop.time())

    def backend(self) -> Backend:
        """Events and rows, on behalf of a person."""
        store, rows = self._of.stores.events, self._of.stores.rows
        return Backend(store, rows, ShopBook(store), self.clocks, PERSON, self._of.new_id)

    def tokens(self) -> TokenClient:
        """TikTok's token host."""
        base_url = self.settings.tiktok_auth_url
        return TokenClient(self._tiktok_http, self._app, clock=self.wall, base_url=base_url)

    def tiktok(self) -> TikTokClient:
        """TikTok's API."""
        base_url = self.settings.tiktok_api_url
        return TikTokClient(self._tiktok_http, self._app, clock=self.wall, base_url=base_url)

    def shopify(self, tokens: TokenProvider) -> ShopifyClient:
        """Shopify's API, with these tokens."""
        base_url = self.settings.shopify_simulator_url
        return ShopifyClient(self._shopify_http, tokens, clock=self.wall, base_url=base_url)

    def token_source(self) -> TokenSource:
        """Our app's way to stores' tokens."""
        secret = self.settings.shopify_client_secret.get_secret_value()
        http = httpx.AsyncClient(transport=self._of.shopify.transport, base_url="http://shopify")
        return TokenSource(self.settings.shopify_client_id, secret, http)
