"""What commands need besides events and rows: the vault, TikTok, Shopify."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import cast

import typer

from connections.opening import open_pool, vault_on
from connections.settings import ShopifySettings, TikTokSettings, VaultSettings
from console import platforms, tables
from console.authorizations import Authorizations
from console.cli.opening import Opener
from console.products.catalogues import Products
from console.shops.connecting import Seller
from console.shops.fetching import ShopCalls
from runtime.settings import Settings, load
from shopify.calls import Calls
from shopify.client import ShopifyClient
from shopify.installing import Installation
from shopify.oauth import TokenSource
from vault.interface import Vault


class PlatformOpener(Opener):
    """Vault and platforms, by the settings."""

    @asynccontextmanager
    async def vault(self) -> AsyncIterator[Vault]:
        """The credentials."""
        settings = load(VaultSettings)
        async with open_pool(settings, name="ordersync", max_connections=2) as pool:
            yield vault_on(pool, settings)

    def seller(self) -> AbstractAsyncContextManager[Seller]:
        """TikTok, for connecting a seller."""
        return platforms.open_seller(load(TikTokSettings), self.clocks.wall)

    @asynccontextmanager
    async def authorizations(self) -> AsyncIterator[Authorizations]:
        """Sellers and merchants on their way to a platform and back."""
        dsn = load(Settings).database_url.get_secret_value()
        async with tables.open_authorizations(dsn) as begun:
            yield begun

    def authorize_at(self) -> tuple[str, str]:
        """The app's service id at TikTok, and the address where sellers authorise it."""
        settings = load(TikTokSettings)
        return settings.tiktok_service_id, settings.tiktok_authorize_url

    def shop_calls(self) -> AbstractAsyncContextManager[ShopCalls]:
        """TikTok, for calls about connected shops."""
        return platforms.open_shop_calls(load(TikTokSettings), self.clocks.wall)

    def tiktok_webhook_url(self) -> str:
        """Where TikTok reaches the fetcher; "": no setting says so."""
        return load(TikTokSettings).tiktok_webhook_url

    def store_probe(self, domain: str, token: str) -> AbstractAsyncContextManager[ShopifyClient]:
        """The Shopify store that is being connected."""
        return platforms.open_store_probe(load(ShopifySettings), domain, token, self.clocks.wall)

    def store_tokens(self) -> AbstractAsyncContextManager[TokenSource]:
        """The app's own way to a store's token."""
        return platforms.open_store_tokens(load(ShopifySettings))

    def installation(self) -> Installation:
        """The way of a person who installs the app in a store."""
        return platforms.installation(load(ShopifySettings))

    def shopify_webhook_url(self) -> str:
        """Where stores send their webhooks; "": nowhere."""
        return load(ShopifySettings).shopify_webhook_url

    def catalogues(self) -> AbstractAsyncContextManager[tuple[Products, Calls]]:
        """The products of connected shops, and the stores they go to."""
        return platforms.open_catalogues(load(platforms.BothSides), self.clocks.wall)


def platform_opener(context: typer.Context) -> PlatformOpener:
    """Opens what this command needs."""
    return cast("PlatformOpener", context.obj) if context.obj is not None else PlatformOpener()
