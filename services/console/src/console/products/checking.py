"""Whether what a person links is there: the SKU at TikTok, the variant in Shopify.

Admin GraphQL 2026-10: nodes, which sees a variant at once and whatever its product's status;
Partner Center: Search Products 202502, for a SKU that no order has named yet.
"""

from collections.abc import Collection, Mapping

from console import projection
from console.backend import Backend, Refused
from console.products.actions import variant_gid
from console.products.catalogues import Products, read_skus
from console.shops.actions import known_shop, require_store
from lifecycle.shop import Shop
from shopify.answers import Done
from shopify.calls import Calls
from shopify.variants import read_variants_by_ids
from shopify.wire import AnswerShapeChanged
from tiktok.errors import TikTokError

_IDS_A_CALL = 100
_SHOWN = 10


class UnknownSku(Refused):
    """No order and no product of the shop has the SKU."""


class UnknownVariant(Refused):
    """The shop's store has no such variant."""


class NotAsked(Refused):
    """A platform could not be asked, so nothing is known of what is to be linked."""


async def check_links(
    backend: Backend, products: Products, shopify: Calls, shop_id: str, links: Mapping[str, str]
) -> None:
    """Every SKU and its variant (number or gid) are there, else it raises, naming those that are
    not: UnknownSku, UnknownVariant, NotAsked; UnknownShop, NoStore, WrongVariant."""
    known = await known_shop(backend.store, shop_id)
    domain = require_store(known, shop_id)
    await _check_variants(shopify, domain, {variant_gid(variant) for variant in links.values()})
    await _check_skus(backend, products, known, links)


async def _check_variants(shopify: Calls, domain: str, gids: Collection[str]) -> None:
    asked, missing = sorted(gids), list[str]()
    for start in range(0, len(asked), _IDS_A_CALL):
        ids = asked[start : start + _IDS_A_CALL]
        answer = await shopify.execute(domain, "variants_by_ids", {"ids": ids})
        if not isinstance(answer, Done):
            raise _not_asked(f"store {domain}", type(answer).__name__)
        try:
            found = read_variants_by_ids(answer.data, ids)
        except AnswerShapeChanged as changed:
            raise _not_asked(f"store {domain}", str(changed)) from None
        missing += [gid.rpartition("/")[2] for gid in ids if found[gid] is None]
    if missing:
        raise UnknownVariant(
            f"variant: store {domain} has none with the number {_listed(missing)}; take it from "
            "the end of the variant's address in Shopify admin"
        )


async def _check_skus(
    backend: Backend, products: Products, known: Shop, skus: Collection[str]
) -> None:
    """Orders are looked at first: they cost no call."""
    await projection.catch_up(backend.store, backend.rows)
    named = {sku.sku_id for sku in await backend.rows.skus(known.shop_id)}
    missing = sorted(set(skus) - named)
    if not missing:
        return
    try:
        sold = {sku.sku_id for sku in await read_skus(products, known)}
    except TikTokError as problem:
        raise _not_asked(f"TikTok shop {known.shop_id}", type(problem).__name__) from None
    unknown = [sku_id for sku_id in missing if sku_id not in sold]
    if unknown:
        raise UnknownSku(
            f"sku_id: no order and no product of shop {known.shop_id} has {_listed(unknown)}; "
            "`ordersync products ls` shows the SKUs of its orders, `products suggest` all"
        )


def _not_asked(whom: str, why: str) -> NotAsked:
    return NotAsked(
        f"{whom} could not be asked ({why}): try again later, or link without asking: --unchecked"
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
