"""A Shopify store for a TikTok shop: credential, permissions, the id definition, then the event.

StoreRefused: the store cannot be used as it is; the text says what to change, nothing is recorded.
Admin GraphQL 2026-10: shop, currentAppInstallation, metafieldDefinitionCreate.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from connections.foldings import read_shop
from connections.stores import to_credential
from console.backend import Refused, Submission, UnknownShop
from console.shops.connecting import WINDOW
from eventstore.store import EventStore
from lifecycle import shop
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import shop_stream
from shopify.answers import Answer, Done, Unauthorized
from shopify.answers import Refused as RefusedByShopify
from shopify.client import ShopifyClient
from shopify.oauth import StoreToken
from shopify.shops import ShopInfo, read_created_definition, read_definition, read_shop_info
from shopify.stores import store_domain
from vault.interface import Vault

SCOPES: Final = frozenset({"read_orders", "write_orders", "read_products"})
"""Without these no order can be created; the others are asked for when they are needed."""
_IDENTIFIER: Final = {"ownerType": "ORDER", "namespace": "$app", "key": "tiktok_order_id"}
_DEFINITION: Final = {
    **_IDENTIFIER,
    "name": "TikTok order id",
    "type": "id",
    "capabilities": {"uniqueValues": {"enabled": True}},
}


class StoreRefused(Refused):
    """The store cannot be used as it is."""


@dataclass(frozen=True, slots=True)
class StoreConnected:
    """The store as it answered: our app's id there, what it may do, whether the id field is new."""

    shop_id: str
    store: str
    app_id: str
    scopes: frozenset[str]
    definition_created: bool


async def connect_store(
    submission: Submission,
    vault: Vault,
    shopify: ShopifyClient,
    shop_id: str,
    domain: str,
    token: str | StoreToken,
) -> StoreConnected:
    """Connect the store to the shop. ``shopify`` is a client that sends this very ``token``.

    A StoreToken is kept with its end and what renews it; a plain token has no end. Either is kept
    only after the store has answered to it. Raises UnknownShop, StoreRefused,
    or ValueError for a domain that is not *.myshopify.com.
    """
    name = store_domain(domain)
    await require_shop(submission.store, shop_id)
    info = _usable(read_shop_info(_done(await shopify.execute(name, "shop_info", {}), name)))
    created = await _ensure_definition(shopify, name)
    kept = to_credential(token) if isinstance(token, StoreToken) else {"access_token": token}
    async with vault.grant_lock(name, "shopify_store") as held:  # a renewal may be under way
        await held.write(kept)
    await vault.readmit_shop(shop_id)
    app_id = info.current_app_installation.app.id
    connected = StoreConnected(shop_id, name, app_id, info.scopes, created)
    decide = _decision(connected, submission.by, submission.clock())
    await submission.decide(shop_stream(shop_id), shop.fold, decide)
    return connected


async def require_shop(store: EventStore, shop_id: str) -> None:
    """Raises UnknownShop for a shop that was never connected."""
    if not (await read_shop(store, shop_id)).version:
        raise UnknownShop(f"no shop {shop_id} is known: connect it with `ordersync shop connect`")


async def _ensure_definition(shopify: ShopifyClient, domain: str) -> bool:
    """Whether it had to be created. Without it no order could be looked up by its TikTok id."""
    found = _done(
        await shopify.execute(
            domain, "order_custom_id_definition_find", {"identifier": _IDENTIFIER}
        ),
        domain,
    )
    there = read_definition(found)
    if there is None:
        answer = await shopify.execute(
            domain, "order_custom_id_definition_create", {"definition": _DEFINITION}
        )
        there = read_created_definition(_done(answer, domain))
        created = True
    else:
        created = False
    if not there.finds_orders:
        raise StoreRefused(
            f"store {domain}: the field $app:tiktok_order_id is there but is not of type id with "
            "unique values: delete its definition in Shopify, then connect again"
        )
    return created


def _done(answer: Answer, domain: str) -> Mapping[str, Any]:
    match answer:
        case Done(data=data):
            return data
        case Unauthorized(kind=kind):
            why = f"the access token is not accepted ({kind}): give the app's offline token"
        case RefusedByShopify(user_errors=errors):
            why = f"Shopify refused ({', '.join(str(error.kind) for error in errors)})"
        case _:
            why = f"no usable answer ({type(answer).__name__}): try again"
    raise StoreRefused(f"store {domain}: {why}")


def _usable(info: ShopInfo) -> ShopInfo:
    missing = sorted(SCOPES - info.scopes)
    if missing:
        raise StoreRefused(
            f"store {info.shop.myshopify_domain}: the app lacks {', '.join(missing)}: grant them "
            "in Shopify, then connect again"
        )
    if info.shop.currency_code != "USD":
        raise StoreRefused(
            f"store {info.shop.myshopify_domain}: its currency is {info.shop.currency_code}; "
            "orders are synced in USD only"
        )
    return info


def _decision(
    answered: StoreConnected, who: str, now: datetime
) -> Callable[[Shop], Sequence[Event]]:
    """Says it anew when the store or our app in it is another: then the store is scanned again."""

    def decide(known: Shop) -> Sequence[Event]:
        new: list[Event] = []
        there = (answered.store, answered.app_id)
        if (known.store, known.app_id) != there or not known.is_connected:
            new.append(
                events.ShopConnected(
                    shop_id=known.shop_id,
                    name=known.name,
                    region=known.region,
                    grant_id=known.grant_id,
                    store=answered.store,
                    app_id=answered.app_id,
                    window_begins_at=known.window_begins_at or now - WINDOW,
                    connected_at=now,
                    connected_by=who,
                )
            )
        if known.pause_of("shopify") is not None:
            new.append(events.ShopResumed(shop_id=known.shop_id, side="shopify"))
        return new

    return decide
