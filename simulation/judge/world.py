"""What stands outside, read from the evidence: TikTok's orders over time, Shopify's orders of ours.

Times in unix seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from simulation.evidence import Evidence, Version
from simulation.plan import Json

FIELD = "tiktok_order_id"
"""The metafield's key; its namespace is the app's own."""


@dataclass(frozen=True, slots=True)
class Made:
    """A Shopify order that an app made for a TikTok order.

    ``first``: as it was first seen. ``last``: as it was last seen. ``seen_at``: when first.
    ``gone_at``: when it was seen to be gone; None: it stands.
    """

    store: str
    gid: str
    order_id: str
    first: Json
    last: Json
    seen_at: float
    gone_at: float | None

    @property
    def about(self) -> str:
        """How a failure names it."""
        return f"TikTok order {self.order_id}, {self.gid} in {self.store}"


def nodes(owner: Mapping[str, Json], name: str) -> list[Json]:
    """The entries of a Shopify connection; [] when it is absent."""
    found: list[Json] = (owner.get(name) or {}).get("nodes") or []
    return found


def unix(text: str) -> float:
    """A time as Shopify writes it."""
    return datetime.fromisoformat(text).timestamp()


def is_created_by_call(shown: Json) -> bool:
    """Whether it came by orderCreate. What a world begins with was made by somebody else."""
    history = shown.get("history") or []
    return bool(history) and history[0]["operation"] == "orderCreate"


def operations(shown: Json, name: str) -> list[Json]:
    """What was given to each mutation of this name that Shopify carried out on the order."""
    return [done["input"] for done in shown.get("history") or [] if done["operation"] == name]


def named_id(shown: Json) -> str:
    """The TikTok order that it says to be of; "" when it says none."""
    order = shown["order"]
    fields = [field["value"] for field in nodes(order, "metafields") if field["key"] == FIELD]
    told = [order.get("sourceIdentifier"), *fields]
    return next((str(value) for value in told if value), "")


@dataclass(slots=True)
class _Sights:
    store: str
    first: Json
    last: Json
    seen_at: float
    gone_at: float | None = None


def made_orders(evidence: Evidence) -> list[Made]:
    """All that ever stood, gone ones too, in the order in which they came."""
    found: dict[str, _Sights] = {}
    for sighting in evidence.sightings:
        known = found.get(sighting.gid)
        if sighting.shown is None:
            if known is not None:
                known.gone_at = sighting.at
        elif known is None:
            found[sighting.gid] = _Sights(
                sighting.store, sighting.shown, sighting.shown, sighting.at
            )
        else:
            known.last = sighting.shown
    for store, shown in _at_the_end(evidence):
        known = found.setdefault(
            shown["order"]["id"],
            _Sights(store, shown, shown, unix(shown["order"]["createdAt"])),
        )
        known.last, known.gone_at = shown, None
    return [
        Made(
            seen.store, gid, named_id(seen.first), seen.first, seen.last, seen.seen_at, seen.gone_at
        )
        for gid, seen in found.items()
        if is_created_by_call(seen.first)
    ]


def _at_the_end(evidence: Evidence) -> list[tuple[str, Json]]:
    return [(store, shown) for store, orders in evidence.shopify.items() for shown in orders]


@dataclass(frozen=True, slots=True)
class Tiktok:
    """TikTok's orders by id: their shop, and all their versions, oldest first."""

    shops: Mapping[str, str]
    versions: Mapping[str, Sequence[Version]]

    @classmethod
    def of(cls, evidence: Evidence) -> "Tiktok":
        """An order of which no version is told is as it is at the end from the beginning on."""
        versions: dict[str, list[Version]] = {}
        for version in evidence.versions:
            versions.setdefault(str(version.raw["id"]), []).append(version)
        shops = {order_id: kept[0].shop_id for order_id, kept in versions.items()}
        for shop_id, raw in chain.from_iterable(
            ((shop_id, raw) for raw in orders) for shop_id, orders in evidence.tiktok.items()
        ):
            order_id = str(raw["id"])
            shops[order_id] = shop_id
            versions.setdefault(order_id, [Version(evidence.began_at, shop_id, raw)])
        return cls(shops, versions)

    def until(self, order_id: str, at: float) -> list[Json]:
        """The versions that could be known at that time."""
        return [known.raw for known in self.versions.get(order_id, ()) if known.at <= at]

    def since(self, order_id: str, at: float) -> list[Json]:
        """The version that held at that time, and all later ones; [] when there was none yet."""
        known = self.versions.get(order_id, ())
        before = [version for version in known if version.at <= at]
        after = [version for version in known if version.at > at]
        return [version.raw for version in [*before[-1:], *after]] if before else []

    def at_the_end(self, order_id: str) -> Json:
        """The newest version."""
        return self.versions[order_id][-1].raw
