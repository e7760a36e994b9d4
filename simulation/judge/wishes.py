"""What people asked for, read from their deeds alone.

Deeds that count, by ``kind``, with what is ``given`` (times in unix seconds): ``connect`` {shop_id,
store, since}, ``disconnect`` {shop_id}, ``link`` {shop_id, sku_id, variant_id}, ``unlink``
{shop_id, sku_id}, ``settings`` {shop_id, field: value …}, ``sync`` {shop_id, order_id},
``bulk_sync`` {shop_id, order_ids (absent: all)}, ``backfill`` {shop_id, since}, ``erase``
{shop_id, order_id}. A deed of who
``merchant`` names its ``order_id`` (TikTok's) or its ``gid``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from simulation.evidence import Deed, Evidence
from simulation.plan import Json


def is_on(value: Json) -> bool:
    """A switch, as an event or as the command line writes it."""
    return value in (True, "on")


@dataclass(frozen=True, slots=True)
class Wishes:
    """All deeds, oldest first."""

    deeds: tuple[Deed, ...]

    @classmethod
    def of(cls, evidence: Evidence) -> "Wishes":
        """Those of an evidence."""
        return cls(tuple(sorted(evidence.deeds, key=lambda deed: deed.at)))

    def told(self, shop_id: str, *kinds: str) -> Iterator[Deed]:
        """The deeds of these kinds that concern a shop."""
        for deed in self.deeds:
            if deed.kind in kinds and deed.given.get("shop_id") == shop_id:
                yield deed

    def store_at(self, shop_id: str, at: float) -> str | None:
        """The store to which the shop's orders go at that time; None: to none."""
        store = None
        for deed in self.told(shop_id, "connect", "disconnect"):
            if deed.at <= at:
                store = deed.given["store"] if deed.kind == "connect" else None
        return store

    def left_store(self, shop_id: str, store: str, before: float) -> float | None:
        """When the shop's orders ceased to go to the store; None: they still went there."""
        left: float | None = float("-inf")
        for deed in self.told(shop_id, "connect", "disconnect"):
            if deed.at <= before:
                is_there = deed.kind == "connect" and deed.given["store"] == store
                left = None if is_there else (deed.at if left is None else left)
        return left

    def stores(self, shop_id: str) -> list[str]:
        """All stores that the shop ever had."""
        return [deed.given["store"] for deed in self.told(shop_id, "connect")]

    def begins(self, shop_id: str) -> float | None:
        """From when on the shop's orders count; None: nobody told."""
        told = [deed.given.get("since") for deed in self.told(shop_id, "connect", "backfill")]
        return min((since for since in told if since is not None), default=None)

    def values(self, shop_id: str, name: str, default: Json) -> list[Json]:
        """All values that it ever had, the default first."""
        told = self.told(shop_id, "settings")
        return [default, *(deed.given[name] for deed in told if name in deed.given)]

    def asked(self, shop_id: str, order_id: str) -> list[float]:
        """When somebody pressed Sync on the order, alone or among others."""
        return [
            deed.at
            for deed in self.told(shop_id, "sync", "bulk_sync")
            if order_id in deed.given.get("order_ids", [deed.given.get("order_id", order_id)])
        ]

    def first_automatic(self, shop_id: str) -> float | None:
        """When automatic sync was first switched on."""
        told = self.told(shop_id, "settings")
        return next((deed.at for deed in told if is_on(deed.given.get("automatic_sync"))), None)

    def moved_since(self, shop_id: str, at: float) -> bool:
        """Whether the shop was connected or disconnected after that time."""
        return any(deed.at > at for deed in self.told(shop_id, "connect", "disconnect"))

    def links(self, shop_id: str) -> Mapping[str, str]:
        """The variant of each SKU at the end, as people linked them."""
        linked: dict[str, str] = {}
        store = None
        for deed in self.told(shop_id, "connect", "link", "unlink"):
            if deed.kind == "link":
                linked[deed.given["sku_id"]] = deed.given["variant_id"]
            elif deed.kind == "unlink":
                linked.pop(deed.given["sku_id"], None)
            elif deed.given["store"] != store:
                # A variant of one store is none of another.
                store = deed.given["store"]
                linked.clear()
        return linked

    def is_erased(self, order_id: str) -> bool:
        """Whether its buyer's data were erased."""
        return any(
            deed.kind == "erase" and deed.given.get("order_id") == order_id for deed in self.deeds
        )

    def merchant_touched(self, order_id: str, gid: str) -> bool:
        """Whether the merchant did anything to this order in Shopify."""
        return any(
            deed.who == "merchant"
            and (deed.given.get("order_id") == order_id or deed.given.get("gid") == gid)
            for deed in self.deeds
        )
