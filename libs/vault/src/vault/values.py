"""What goes into the vault and what comes out. Representations never show content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

JSON: TypeAlias = bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"] | None
"""What JSON can say."""

Kind: TypeAlias = Literal["recipient", "message"]
"""The kinds of personal data an order has."""

CredentialKind: TypeAlias = Literal["tiktok_grant", "tiktok_shop", "shopify_store"]
"""A seller's authorisation (tokens), a shop's cipher, a store's token."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to put: one order's recipient or message, and whether the platform masked it."""

    shop_id: str
    order_id: str
    kind: Kind
    value: Mapping[str, JSON] = field(repr=False)
    masked: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to get; ``version`` None means the newest."""

    shop_id: str
    order_id: str
    kind: Kind
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Which version of an order's secret stands after a put; this may go into events.

    ``digest`` (hex) is a keyed hash of the content: equal content of one order and kind has equal
    digests in every version, and once the order is erased nobody can check a guess against it.
    ``kept_clear`` says that what was offered came masked and the clear version was kept;
    ``offered_digest`` then tells one masked content from another.
    """

    kind: Kind
    version: int
    digest: str
    masked: bool
    kept_clear: bool = False
    offered_digest: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """What a get found: the content and the reference to exactly this version."""

    reference: Reference
    value: Mapping[str, JSON] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Erased:
    """Nothing is kept and nothing will be: an order (or, with ``order_id`` "", a whole shop)."""

    shop_id: str
    order_id: str
    reason: str
    erased_at: datetime
