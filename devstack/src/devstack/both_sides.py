"""The demo shop and store connected in ordersync, by the same functions that `ordersync` uses."""

import secrets
from typing import Final

from connections.opening import open_pool, vault_on
from connections.settings import ShopifySettings, TikTokSettings
from console.backend import Submission
from console.order_settings.actions import change_settings
from console.platforms import open_seller, open_store_probe
from console.shops.connecting import connect_grant
from console.stores.connecting import connect_store
from devstack.settings import SHOP_ID, SHOPIFY_DOMAIN
from eventstore.postgres import connect
from eventstore.store import EventStore
from lifecycle import shop as shops
from ordersync_contracts.streams import shop_stream
from runtime.clock import utc_now
from runtime.settings import load
from shopify.subscriptions import ensure

WHO: Final = "devstack"
_SETTINGS: Final = {"automatic_sync": True, "auto_link_same_sku": True}


class ConnectionSettings(TikTokSettings, ShopifySettings):
    """Both platforms and the vault."""


async def connect_both_sides(auth_code: str, shopify_token: str) -> None:
    """Connect shop and store with the settings of the environment.

    The first time automatic sync is switched on; again keeps what a person has set since. Nothing
    is created before the shopify-writer has scanned the store, which it does by itself.
    """
    settings = load(ConnectionSettings)
    async with (
        connect(settings.database_url.get_secret_value(), max_connections=2) as store,
        open_pool(settings, name=WHO, max_connections=2) as pool,
        open_seller(settings, utc_now) as seller,
        open_store_probe(settings, SHOPIFY_DOMAIN, shopify_token, utc_now) as probe,
    ):
        vault = vault_on(pool, settings)
        submission = Submission(store, utc_now, WHO, secrets.token_hex(16))
        await connect_grant(submission, vault, seller, auth_code)
        await connect_store(submission, vault, probe, SHOP_ID, SHOPIFY_DOMAIN, shopify_token)
        await ensure(probe, SHOPIFY_DOMAIN, settings.shopify_webhook_url)
        if await _is_new(store):
            await change_settings(submission, SHOP_ID, _SETTINGS)


async def _is_new(store: EventStore) -> bool:
    return not shops.fold(await store.read(shop_stream(SHOP_ID))).settings_version
