"""What people do with ordersync: how a history's shops begin, and every act of a person."""

from collections.abc import Mapping
from typing import Final

from simulation.evidence import Deed
from simulation.life.asking import ASKING, link
from simulation.life.connecting import CONNECTING, authorise, install, open_store
from simulation.life.goods import SKUS, products, variant_id
from simulation.life.kinds import ActKind, Given
from simulation.life.upkeep import UPKEEP
from simulation.outside import Outside
from simulation.plan import shop_id, store_domain

LINKED: Final = SKUS[:2]
"""From the beginning; of the others orders wait until somebody links them."""
PEOPLE: Mapping[str, ActKind] = {**ASKING, **CONNECTING, **UPKEEP}


async def connect_shop(outside: Outside, number: int, since: float) -> list[Deed]:
    """The seller opens a shop and the merchant a store; a person connects and links them.

    ``since``: from when on the shop's orders count, in unix seconds, 7 days ago at the earliest.
    ValueError: the shop cannot be connected.
    """
    shop, store = shop_id(number), store_domain(number)
    opened = {"name": f"Shop {number}", "region": "US", "products": products()}
    await outside.tiktok.control("PUT", f"/_sim/shops/{shop}", opened)
    await open_store(outside, store)
    ids: Given = {"shop_id": shop, "store": store}
    if not (await authorise(outside, ids) and await install(outside, ids)):
        raise ValueError(f"shop {shop}: cannot be connected")
    deeds = [Deed(outside.now(), "person", "connect", {**ids, "since": since})]
    for sku_id in LINKED:
        linked = {"shop_id": shop, "sku_id": sku_id, "variant_id": variant_id(store, sku_id)}
        await link(outside, linked)
        deeds.append(Deed(outside.now(), "person", "link", linked))
    return deeds
