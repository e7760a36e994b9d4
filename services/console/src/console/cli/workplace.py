"""What commands work on. Each part is opened only by the commands that need it.

Commands find their workplace in typer's context: the real one unless a test put another there.
"""

import getpass
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from connections.opening import open_pool, vault_on
from connections.settings import ShopifySettings, TikTokSettings, VaultSettings
from console import access, tables
from console.connect import Seller
from console.desk import Desk, new_id
from eventstore.postgres import connect as connect_events
from runtime.clock import utc_now
from runtime.settings import Settings, load
from shopify.client import ShopifyClient
from vault.interface import Vault


class Workplace(Protocol):
    """Opens what a command needs."""

    def desk(self) -> AbstractAsyncContextManager[Desk]:
        """Events and rows."""
        ...

    def vault(self) -> AbstractAsyncContextManager[Vault]:
        """The credentials."""
        ...

    def seller(self) -> AbstractAsyncContextManager[Seller]:
        """TikTok, for connecting a seller."""
        ...

    def authorize_at(self) -> tuple[str, str]:
        """The app's service id at TikTok, and the address where sellers authorise it."""
        ...

    def store_probe(self, domain: str, token: str) -> AbstractAsyncContextManager[ShopifyClient]:
        """The Shopify store that is being connected."""
        ...


class OnSettings:
    """The real workplace, by the settings of the environment or of ``.devstack/env``."""

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """See ``Workplace.desk``."""
        dsn = load(Settings).database_url.get_secret_value()
        async with (
            connect_events(dsn, max_connections=2) as store,
            tables.connect(dsn, max_connections=2) as rows,
        ):
            yield Desk(store, rows, utc_now, who(), new_id)

    @asynccontextmanager
    async def vault(self) -> AsyncIterator[Vault]:
        """See ``Workplace.vault``."""
        settings = load(VaultSettings)
        async with open_pool(settings, name="ordersync", max_connections=2) as pool:
            yield vault_on(pool, settings)

    def seller(self) -> AbstractAsyncContextManager[Seller]:
        """See ``Workplace.seller``."""
        return access.open_seller(load(TikTokSettings))

    def authorize_at(self) -> tuple[str, str]:
        """See ``Workplace.authorize_at``."""
        settings = load(TikTokSettings)
        return settings.tiktok_service_id, settings.tiktok_authorize_url

    def store_probe(self, domain: str, token: str) -> AbstractAsyncContextManager[ShopifyClient]:
        """See ``Workplace.store_probe``."""
        return access.open_store_probe(load(ShopifySettings), domain, token)


def who() -> str:
    """The person at the keyboard, as this machine knows them."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "unknown (command line)"
