"""Saying which Shopify variant a TikTok SKU is, and that it is none any more."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from connections.foldings import read_shop
from console.backend import NoStore, Refused, Submission
from console.typed import is_number
from lifecycle import link
from ordersync_contracts import events
from ordersync_contracts.streams import link_stream

LinkedBy = Literal["person", "same_sku", "import"]
_VARIANT: Final = re.compile(r"(?:gid://shopify/ProductVariant/)?([0-9]{1,20})")


class NotLinked(Refused):
    """The SKU has no variant to be unlinked from."""


class WrongSku(Refused):
    """Not a TikTok SKU's id."""

    exit_code = 2


class WrongVariant(Refused):
    """Not a Shopify variant's id."""

    exit_code = 2


async def link_product(
    submission: Submission, shop_id: str, sku_id: str, variant: str
) -> events.ProductLinked:
    """Say which variant (number or gid) of the shop's store this TikTok SKU is."""
    await link_products(submission, shop_id, {sku_id: variant})
    linked = link.linked(await submission.store.read(link_stream(shop_id, sku_id)))
    if linked is None:
        raise NotLinked(f"SKU {sku_id} of shop {shop_id} was unlinked at the same time")
    return linked


async def link_products(
    submission: Submission,
    shop_id: str,
    variants: Mapping[str, str],
    *,
    linked_by: LinkedBy = "person",
) -> int:
    """Say which variant each SKU is, all in one append; how many links were new."""
    known = await read_shop(submission.store, shop_id)
    if known.store is None:
        raise NoStore(f"shop {shop_id} has no Shopify store: connect one, then link its products")
    links = {
        link_stream(shop_id, sku_id): events.ProductLinked(
            shop_id=shop_id,
            sku_id=sku_number(sku_id),
            variant_id=variant_gid(variant),
            store=known.store,
            linked_by=linked_by,
            person=submission.by,
        )
        for sku_id, variant in variants.items()
    }

    def decide(stream: str, linked: events.ProductLinked | None) -> Sequence[events.Event]:
        return () if _is_same(linked, links[stream]) else (links[stream],)

    decided = await submission.decide_each(links, link.linked, decide)
    return sum(bool(decision.events) for decision in decided.values())


async def unlink_product(submission: Submission, shop_id: str, sku_id: str) -> None:
    """Say that this TikTok SKU has no variant any more; NotLinked when it has none."""
    gone = events.ProductUnlinked(shop_id=shop_id, sku_id=sku_id, unlinked_by=submission.by)

    def decide(linked: events.ProductLinked | None) -> Sequence[events.Event]:
        if linked is None:
            raise NotLinked(f"SKU {sku_id} of shop {shop_id} is not linked")
        return (gone,)

    await submission.decide(link_stream(shop_id, sku_id), link.linked, decide, once=True)


def sku_number(sku_id: str) -> str:
    """The SKU's id as it was given; WrongSku for what cannot be one."""
    if not is_number(sku_id):
        raise WrongSku("sku_id: expected TikTok's number of the SKU, as `products ls` shows it")
    return sku_id


def variant_gid(variant: str) -> str:
    """The variant's gid from its number or gid; WrongVariant for anything else."""
    match = _VARIANT.fullmatch(variant.strip())
    if match is None:
        raise WrongVariant(
            "variant: expected its number (the end of its address in Shopify admin) or its "
            "gid://shopify/ProductVariant/… id"
        )
    return f"gid://shopify/ProductVariant/{match[1]}"


def _is_same(linked: events.ProductLinked | None, new: events.ProductLinked) -> bool:
    """Whether the link that holds says all of it: this variant, and that somebody chose it.

    A link that was made by itself may be moved by itself; one that a person confirmed may not.
    """
    return (
        linked is not None
        and (linked.variant_id, linked.store) == (new.variant_id, new.store)
        and (linked.linked_by != "same_sku" or new.linked_by == "same_sku")
    )
