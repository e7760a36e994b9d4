"""Database pool, vault and Shopify client of one process, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog

from connections.settings import ShopifySettings, VaultSettings
from connections.stores import StoreTokens
from runtime.clock import utc_now
from shopify.client import ShopifyClient
from shopify.transport import open_http
from vault.interface import Vault
from vault.keys import MasterKeys
from vault.postgres import PostgresVault

log = structlog.get_logger()


@asynccontextmanager
async def open_pool(
    settings: VaultSettings, *, name: str, max_connections: int = 8
) -> "AsyncIterator[asyncpg.Pool[asyncpg.Record]]":
    """A pool for the tables that one service owns and for the shared stores."""
    async with asyncpg.create_pool(
        settings.database_url.get_secret_value(),
        min_size=1,
        max_size=max_connections,
        command_timeout=30,
        server_settings={"application_name": name},
    ) as pool:
        yield pool


def vault_on(pool: "asyncpg.Pool[asyncpg.Record]", settings: VaultSettings) -> PostgresVault:
    """The vault in the pool's database; MasterKeyInvalid names the setting at fault."""
    keys = MasterKeys.from_settings(settings.vault_keys.get_secret_value(), settings.vault_key_id)
    return PostgresVault(pool, keys, utc_now)


@asynccontextmanager
async def open_shopify(settings: ShopifySettings, vault: Vault) -> AsyncIterator[ShopifyClient]:
    """A client for every connected store."""
    if settings.shopify_simulator_url:
        log.warning("shopify.simulated", url=settings.shopify_simulator_url)
    async with open_http() as http:
        yield ShopifyClient(
            http,
            StoreTokens(vault),
            clock=utc_now,
            version=settings.shopify_api_version,
            base_url=settings.shopify_simulator_url or None,
        )
