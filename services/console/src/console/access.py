"""The outside that commands and the web service work on, opened and closed together."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from connections.settings import ShopifySettings, TikTokSettings
from contracts import topics
from runtime.admin import lag
from runtime.clock import utc_now
from runtime.settings import Settings
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from shopify.transport import open_http as open_shopify_http
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.tokens import TokenClient, Tokens
from tiktok.transport import open_http as open_tiktok_http
from tiktok.wire.shops import AuthorizedShop


class TikTokSeller:
    """A seller's authorisation at TikTok Shop (keeps ``connect.Seller``)."""

    def __init__(self, tokens: TokenClient, client: TikTokClient) -> None:
        self._tokens = tokens
        self._client = client

    async def tokens(self, auth_code: str) -> Tokens:
        """See ``connect.Seller``."""
        return await self._tokens.get(auth_code)

    async def shops(self, tokens: Tokens) -> Sequence[AuthorizedShop]:
        """See ``connect.Seller``."""
        return await self._client.authorized_shops(tokens.access_token)


@asynccontextmanager
async def open_seller(settings: TikTokSettings) -> AsyncIterator[TikTokSeller]:
    """The two calls that connecting a seller needs."""
    app = App(settings.tiktok_app_key, settings.tiktok_app_secret.get_secret_value())
    async with open_tiktok_http(max_connections=2) as http:
        yield TikTokSeller(
            TokenClient(http, app, clock=utc_now, base_url=settings.tiktok_auth_url),
            TikTokClient(http, app, clock=utc_now, base_url=settings.tiktok_api_url),
        )


@asynccontextmanager
async def open_store_probe(
    settings: ShopifySettings, domain: str, token: str
) -> AsyncIterator[ShopifyClient]:
    """A client that sends ``token`` to the one store that is being connected."""
    async with open_shopify_http(max_connections=2) as http:
        yield ShopifyClient(
            http,
            StaticTokens({domain.strip().lower(): token}),
            clock=utc_now,
            version=settings.shopify_api_version,
            base_url=settings.shopify_simulator_url or None,
        )


async def group_lag(settings: Settings) -> Mapping[str, int]:
    """How many records each consumer group has before it, live and replayed together."""
    behind = {}
    for group in topics.GROUPS:
        names = [topic.name for topic in topics.consumed_by(group)]
        prefixed = [settings.topic_prefix + name for name in (*names, topics.replay_topic(group))]
        found = await lag(settings.kafka_bootstrap, settings.topic_prefix + group, prefixed)
        behind[group] = sum(found.values())
    return behind
