"""TikTok Shop and Shopify as commands need them, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connections.grants import GrantAccess
from connections.opening import open_pool, open_shopify, open_tiktok, vault_on
from connections.settings import ShopifySettings, TikTokSettings
from console.products.catalogues import Products
from console.shops.connecting import Seller
from console.shops.fetching import ShopCalls
from runtime.clock import Clock
from shopify.calls import Calls
from shopify.client import ShopifyClient
from shopify.installing import Installation
from shopify.oauth import TokenSource
from shopify.tokens import StaticTokens
from shopify.transport import open_http as open_shopify_http
from shopify.transport import open_token_http
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.tokens import TokenClient
from tiktok.transport import open_http as open_tiktok_http


@asynccontextmanager
async def open_seller(settings: TikTokSettings, clock: Clock) -> AsyncIterator[Seller]:
    """The two calls that connecting a seller needs."""
    app = App(settings.tiktok_app_key, settings.tiktok_app_secret.get_secret_value())
    async with open_tiktok_http(max_connections=2) as http:
        yield Seller(
            TokenClient(http, app, clock=clock, base_url=settings.tiktok_auth_url),
            TikTokClient(http, app, clock=clock, base_url=settings.tiktok_api_url),
        )


class NoShopifyApp(Exception):
    """Our app at Shopify is not set up; the text names the settings."""

    safe = True


def installation(settings: ShopifySettings) -> Installation:
    """Sends people off to install our app. Raises NoShopifyApp."""
    client_id, secret = _shopify_app(settings)
    if not settings.shopify_redirect_url:
        raise NoShopifyApp(
            "SHOPIFY_REDIRECT_URL is missing: one of the app's allowed redirection URLs"
        )
    return Installation(
        client_id,
        secret,
        settings.shopify_redirect_url,
        settings.shopify_scopes,
        base_url=settings.shopify_simulator_url or None,
    )


@asynccontextmanager
async def open_store_tokens(settings: ShopifySettings) -> AsyncIterator[TokenSource]:
    """Our app's way to tokens. Raises NoShopifyApp."""
    client_id, secret = _shopify_app(settings)
    async with open_token_http(settings.shopify_simulator_url or None) as http:
        yield TokenSource(client_id, secret, http)


def _shopify_app(settings: ShopifySettings) -> tuple[str, str]:
    secret = settings.shopify_client_secret.get_secret_value()
    if not settings.shopify_client_id or not secret:
        raise NoShopifyApp("SHOPIFY_CLIENT_ID, SHOPIFY_CLIENT_SECRET: set both, as Shopify shows")
    return settings.shopify_client_id, secret


@asynccontextmanager
async def open_store_probe(
    settings: ShopifySettings, domain: str, token: str, clock: Clock
) -> AsyncIterator[ShopifyClient]:
    """A client that sends ``token`` to the one store that is being connected."""
    async with open_shopify_http(max_connections=2) as http:
        yield ShopifyClient(
            http,
            StaticTokens({domain.strip().lower(): token}),
            clock=clock,
            version=settings.shopify_api_version,
            base_url=settings.shopify_simulator_url or None,
        )


class BothSides(TikTokSettings, ShopifySettings):
    """Both platforms and the vault."""


@asynccontextmanager
async def open_shop_calls(settings: TikTokSettings, clock: Clock) -> AsyncIterator[ShopCalls]:
    """TikTok, for calls about every connected shop."""
    async with open_pool(settings, name="ordersync", max_connections=2) as pool:
        vault = vault_on(pool, settings)
        async with open_tiktok(settings) as (tiktok, tokens):
            yield ShopCalls(tiktok, GrantAccess(vault, tokens, clock))


@asynccontextmanager
async def open_catalogues(
    settings: BothSides, clock: Clock
) -> AsyncIterator[tuple[Products, Calls]]:
    """Products of every connected shop, variants of every connected store."""
    async with open_pool(settings, name="ordersync", max_connections=2) as pool:
        vault = vault_on(pool, settings)
        async with (
            open_tiktok(settings) as (tiktok, tokens),
            open_shopify(settings, vault) as shopify,
        ):
            yield Products(tiktok, GrantAccess(vault, tokens, clock)), shopify
