"""Database pool, vault and clients of one process, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from secrets import token_bytes
from typing import TypeAlias

import asyncpg
import httpx
import structlog
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connections.backpressure import Backlog
from connections.budgeted import BudgetedShopify
from connections.settings import ShopifySettings, TikTokSettings, VaultSettings
from connections.stores import StoreTokens
from httpclient.transport import Timeouts
from jobs.backlog import bulk_seconds
from jobs.budget import Budget
from jobs.budget_queue import BudgetQueue
from runtime.clock import monotonic, utc_now
from runtime.pools import as_it_is
from runtime.settings import Settings
from shopify.client import ShopifyClient
from shopify.oauth import TokenSource
from shopify.transport import open_http, open_token_http
from tiktok import transport
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.rate_limit import Limits, RateLimit
from tiktok.tokens import TokenClient
from vault.interface import Vault
from vault.keys import MasterKeys
from vault.postgres import PostgresVault

log = structlog.get_logger()
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@asynccontextmanager
async def open_pool(
    settings: Settings, *, name: str, max_connections: int = 8
) -> AsyncIterator[Pool]:
    """A pool for the tables that one service owns and for the shared stores."""
    async with asyncpg.create_pool(
        settings.database_url.get_secret_value(),
        min_size=1,
        max_size=max_connections,
        command_timeout=30,
        server_settings={"application_name": name},
        reset=as_it_is,  # the lock on a grant is given back by its taker (vault.tables)
    ) as pool:
        yield pool


def bulk_backlog(pool: Pool) -> Backlog:
    """How many seconds of a store's budget its bulk lane holds."""
    return partial(bulk_seconds, pool, utc_now)


def vault_on(pool: Pool, settings: VaultSettings) -> PostgresVault:
    """The vault in the pool's database; MasterKeyInvalid names the setting at fault."""
    keys = MasterKeys.from_settings(settings.vault_keys.get_secret_value(), settings.vault_key_id)
    return PostgresVault(pool, keys, utc_now, token_bytes)


@asynccontextmanager
async def open_shopify(settings: ShopifySettings, vault: Vault) -> AsyncIterator[ShopifyClient]:
    """A client for every connected store."""
    if settings.shopify_simulator_url:
        log.warning("shopify.simulated", url=settings.shopify_simulator_url)
    base_url = settings.shopify_simulator_url or None
    async with open_http() as http, open_token_http(base_url) as token_http:
        yield ShopifyClient(
            http,
            StoreTokens(vault, utc_now, _token_source(settings, token_http)),
            clock=utc_now,
            version=settings.shopify_api_version,
            base_url=base_url,
            timeouts=Timeouts.within(settings.shopify_call_deadline_s),
        )


def _token_source(settings: ShopifySettings, http: httpx.AsyncClient) -> TokenSource | None:
    secret = settings.shopify_client_secret.get_secret_value()
    if not settings.shopify_client_id or not secret:
        return None
    return TokenSource(settings.shopify_client_id, secret, http)


@asynccontextmanager
async def open_budgeted(
    settings: ShopifySettings, pool: Pool, budget: Budget
) -> AsyncIterator[BudgetedShopify]:
    """A client for every connected store that keeps to the budgets shared by all services."""
    async with open_shopify(settings, vault_on(pool, settings)) as client:
        queue = BudgetQueue(budget, monotonic)
        try:
            yield BudgetedShopify(client, queue, utc_now, monotonic)
        finally:
            await queue.close()


@asynccontextmanager
async def open_tiktok(settings: TikTokSettings) -> AsyncIterator[tuple[TikTokClient, TokenClient]]:
    """Clients for every shop's calls and for the tokens of grants."""
    app = App(settings.tiktok_app_key, settings.tiktok_app_secret.get_secret_value())
    async with transport.open_http() as http:
        yield (
            TikTokClient(
                http,
                app,
                clock=utc_now,
                base_url=settings.tiktok_api_url,
                rate_limit=RateLimit(monotonic, limits=Limits(start=settings.tiktok_calls_per_s)),
            ),
            TokenClient(http, app, clock=utc_now, base_url=settings.tiktok_auth_url),
        )


def digest_key(settings: VaultSettings) -> bytes:
    """A key for digests of what is sent outside, derived from the vault's current keys."""
    secret = settings.vault_keys.get_secret_value().encode()
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"ordersync input digest").derive(secret)
