"""How a shop comes to be connected, and what becomes of its authorisations."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from console.shops.actions import connected_shop, disconnect_shop, known_shop
from console.shops.connecting import connect_grant
from console.stores.adoption import waive_adoption
from console.stores.connecting import connect_store
from shopify.subscriptions import NotSubscribed, ensure
from simulation.life.goods import variants
from simulation.life.kinds import ActKind, Given
from simulation.life.refusals import REFUSALS, by_person
from simulation.outside import Outside
from simulation.plan import Json

_LIVES: Final = ("access_token_s", "refresh_token_s")


async def open_store(outside: Outside, store: str) -> None:
    """A merchant's store is there, and sells."""
    answer = await outside.store(store).put(plan="basic", variants=variants(store))
    answer.raise_for_status()


async def authorise(outside: Outside, given: Given) -> bool:
    """The seller of `shop_id` authorises us, and a person connects the shop.

    `access_token_s`, `refresh_token_s`: how long the tokens live.
    """
    shop_id, ours = given["shop_id"], outside.ordersync
    lives = {key: given[key] for key in _LIVES if key in given}
    wish: Json = {"shop_ids": [shop_id], **lives}
    granted = await outside.tiktok.control("POST", "/_sim/grants", wish)
    code = granted["auth_code"]
    connected = await connect_grant(ours.backend.submission(), ours.vault, ours.seller, code)
    return shop_id in connected.shop_ids


async def install(outside: Outside, given: Given) -> bool:
    """A person installs our app in `store`, for `shop_id`; orders are created there from now on."""
    shop_id, store, ours = given["shop_id"], given["store"], outside.ordersync
    answer = await outside.shopify.http.post("/_sim/codes", json={"shop": store})
    code = answer.raise_for_status().json()["code"]
    token = await ours.token_source.by_code(store, code, ours.clocks.wall())
    probe = ours.probe(store, token.access_token)
    submission = ours.backend.submission()
    await connect_store(submission, ours.vault, probe, shop_id, store, token)
    with suppress(NotSubscribed):  # connected all the same: the writer subscribes it every hour
        await ensure(probe, store, ours.shopify_webhook_url)
    await waive_adoption(ours.backend.submission(), shop_id)
    return True


async def _connect(outside: Outside, given: Given) -> bool | Given:
    """`shop_id` is connected (again) with `store`: another store if it goes to one.

    `authorise`: false where the seller's authorisation stands. The deed names the store that the
    shop goes to afterwards: its own as before where the new one is refused.
    """
    ours = outside.ordersync
    if given["store"] not in {shop.store for shop in await ours.shops.all()}:
        await open_store(outside, given["store"])
    if given.get("authorise", True) and not await authorise(outside, given):
        return False
    with suppress(*REFUSALS):
        await install(outside, given)
    known = await connected_shop(ours.store, given["shop_id"])
    return {**given, "store": known.store} if known.store is not None else False


async def _disconnect(outside: Outside, given: Given) -> bool:
    ours = outside.ordersync
    await connected_shop(ours.store, given["shop_id"])
    await disconnect_shop(ours.backend.submission(), given["shop_id"])
    return True


async def _withdraw(outside: Outside, given: Given) -> bool:
    """The seller withdraws every authorisation of `shop_id`."""
    path = f"/_sim/grants?shop_id={given['shop_id']}"
    await outside.tiktok.control("DELETE", path)
    return True


async def _uninstall(outside: Outside, given: Given) -> bool:
    """The merchant removes our app from `store`."""
    notice = {"shop": given["store"], "topic": "app/uninstalled", "payload": {}}
    (await outside.shopify.http.post("/_sim/webhook", json=notice)).raise_for_status()
    return True


async def _install_again(outside: Outside, given: Given) -> bool:
    """The app is installed again in `store`, if `shop_id` still goes there."""
    known = await known_shop(outside.ordersync.store, given["shop_id"])
    if known.store != given["store"] or not known.is_connected:
        return False
    return await install(outside, given)


async def _authorise_again(outside: Outside, given: Given) -> bool:
    await connected_shop(outside.ordersync.store, given["shop_id"])
    return await authorise(outside, given)


CONNECTING: Mapping[str, ActKind] = {
    "connect": by_person(_connect),
    "disconnect": by_person(_disconnect),
    "authorise": by_person(_authorise_again),
    "install": by_person(_install_again),
    "withdraw": ActKind("seller", _withdraw),
    "uninstall": ActKind("person", _uninstall),
}
