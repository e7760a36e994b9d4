"""What connecting needs besides events and rows: the vault, TikTok, the store to be connected."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, cast

import typer

from connections.opening import open_pool, vault_on
from connections.settings import ShopifySettings, TikTokSettings, VaultSettings
from console import access, tables
from console.authorizations import Authorizations
from console.catalogues import Products
from console.cli.workplace import OnSettings, Workplace
from console.connect import Seller
from runtime.settings import Settings, load
from shopify.calls import Calls
from shopify.client import ShopifyClient
from shopify.installing import Installation
from shopify.oauth import TokenSource
from vault.interface import Vault


class ConnectingPlace(Workplace, Protocol):
    """Opens what connecting needs."""

    def vault(self) -> AbstractAsyncContextManager[Vault]:
        """The credentials."""
        ...

    def seller(self) -> AbstractAsyncContextManager[Seller]:
        """TikTok, for connecting a seller."""
        ...

    def authorizations(self) -> AbstractAsyncContextManager[Authorizations]:
        """Sellers on their way to TikTok and back."""
        ...

    def authorize_at(self) -> tuple[str, str]:
        """The app's service id at TikTok, and the address where sellers authorise it."""
        ...

    def store_probe(self, domain: str, token: str) -> AbstractAsyncContextManager[ShopifyClient]:
        """The Shopify store that is being connected."""
        ...

    def store_tokens(self) -> AbstractAsyncContextManager[TokenSource]:
        """The app's own way to a store's token."""
        ...

    def installation(self) -> Installation:
        """The way of a person who installs the app in a store."""
        ...

    def shopify_webhook_url(self) -> str:
        """Where stores send their webhooks; "": nowhere."""
        ...

    def catalogues(self) -> AbstractAsyncContextManager[tuple[Products, Calls]]:
        """The products of connected shops, and the stores they go to."""
        ...


class OnPlatforms(OnSettings):
    """The real place: vault and platforms by the settings."""

    @asynccontextmanager
    async def vault(self) -> AsyncIterator[Vault]:
        """See ``ConnectingPlace.vault``."""
        settings = load(VaultSettings)
        async with open_pool(settings, name="ordersync", max_connections=2) as pool:
            yield vault_on(pool, settings)

    def seller(self) -> AbstractAsyncContextManager[Seller]:
        """See ``ConnectingPlace.seller``."""
        return access.open_seller(load(TikTokSettings))

    @asynccontextmanager
    async def authorizations(self) -> AsyncIterator[Authorizations]:
        """See ``ConnectingPlace.authorizations``."""
        dsn = load(Settings).database_url.get_secret_value()
        async with tables.open_authorizations(dsn) as begun:
            yield begun

    def authorize_at(self) -> tuple[str, str]:
        """See ``ConnectingPlace.authorize_at``."""
        settings = load(TikTokSettings)
        return settings.tiktok_service_id, settings.tiktok_authorize_url

    def store_probe(self, domain: str, token: str) -> AbstractAsyncContextManager[ShopifyClient]:
        """See ``ConnectingPlace.store_probe``."""
        return access.open_store_probe(load(ShopifySettings), domain, token)

    def store_tokens(self) -> AbstractAsyncContextManager[TokenSource]:
        """See ``ConnectingPlace.store_tokens``."""
        return access.open_store_tokens(load(ShopifySettings))

    def installation(self) -> Installation:
        """See ``ConnectingPlace.installation``."""
        return access.installation(load(ShopifySettings))

    def shopify_webhook_url(self) -> str:
        """See ``ConnectingPlace.shopify_webhook_url``."""
        return load(ShopifySettings).shopify_webhook_url

    def catalogues(self) -> AbstractAsyncContextManager[tuple[Products, Calls]]:
        """See ``ConnectingPlace.catalogues``."""
        return access.open_catalogues(load(access.BothSides))


def connecting_place(context: typer.Context) -> ConnectingPlace:
    """Where this command connects."""
    return cast("ConnectingPlace", context.obj) if context.obj is not None else OnPlatforms()
