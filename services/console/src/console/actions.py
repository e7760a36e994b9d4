"""What a person can do. Each is an append that says who did it; a second click changes nothing.

Refused
 ├─ UnknownShop    no shop with this id was ever connected
 ├─ NoStore        the shop has no Shopify store yet
 ├─ NotLinked      the SKU has no variant to be unlinked from
 └─ WrongVariant   not a Shopify variant's id
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from lifecycle import link, order, shop
from lifecycle.status import Status, view
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from ordersync_contracts.streams import link_stream, order_of, order_stream, shop_stream
from runtime.clock import Clock

SOURCE: Final = "console"
Mode = Literal["manual", "bulk", "resync"]
LinkedBy = Literal["person", "same_sku", "import"]
Outcome = Literal["asked", "already", "not_eligible", "unknown"]
_VARIANT: Final = re.compile(r"(?:gid://shopify/ProductVariant/)?(\d{1,20})")


class Refused(Exception):
    """The action cannot be done; the text says why and what would help."""

    safe = True


class UnknownShop(Refused):
    """No shop with this id was ever connected."""


class NoStore(Refused):
    """The shop has no Shopify store yet."""


class NotLinked(Refused):
    """The SKU has no variant to be unlinked from."""


class WrongVariant(Refused):
    """Not a Shopify variant's id."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, and the id made when the form was drawn (on the command line: per command)."""

    by: str
    id: str


@dataclass(frozen=True, slots=True)
class SyncAnswer:
    """What became of asking for one order; ``reason_code`` when it is not eligible."""

    shop_id: str
    order_id: str
    outcome: Outcome
    status: Status | None = None
    reason_code: str | None = None


async def request_sync(
    store: EventStore,
    orders: Iterable[tuple[str, str]],
    request: Request,
    *,
    clock: Clock,
    mode: Mode = "manual",
    reason: str = "",
) -> tuple[SyncAnswer, ...]:
    """Ask for these orders (shop id, order id) in Shopify; one answer for each, in their order.

    One read and one append for all of them. What is synced or syncing already, not eligible, or
    not known is answered and left alone.
    """
    streams = [order_stream(*ids) for ids in orders]
    answers: dict[str, SyncAnswer] = {}

    async def decide(histories: Histories) -> Mapping[str, Sequence[Event]]:
        answers.update({s: _sync_answer(s, history, request) for s, history in histories.items()})
        return {
            stream: (_sync_requested(answers[stream], request, mode, reason),)
            for stream, history in histories.items()
            if answers[stream].outcome == "asked" and not _is_done(history, request)
        }

    await _decide(store, streams, decide, request, clock)
    return tuple(answers[stream] for stream in streams)


async def change_settings(
    store: EventStore,
    shop_id: str,
    changes: Mapping[str, object],
    request: Request,
    *,
    clock: Clock,
) -> events.OrderSettings:
    """Set these fields of the shop's order settings; the settings as they are now.

    ValidationError (pydantic) names a field or value that settings do not have.
    """
    changed: list[events.OrderSettings] = []

    async def decide(histories: Histories) -> Mapping[str, Sequence[Event]]:
        known = _known_shop(histories, shop_id)
        new = events.OrderSettings.model_validate({**known.settings.model_dump(), **changes})
        changed.append(new)
        event = events.OrderSettingsChanged(shop_id=shop_id, settings=new, changed_by=request.by)
        return {} if new == known.settings else {shop_stream(shop_id): (event,)}

    await _decide(store, [shop_stream(shop_id)], decide, request, clock)
    return changed[-1]


async def link_product(
    store: EventStore, shop_id: str, sku_id: str, variant: str, request: Request, *, clock: Clock
) -> events.ProductLinked:
    """Say which variant (number or gid) of the shop's store this TikTok SKU is."""
    await link_products(store, shop_id, {sku_id: variant}, request, clock=clock)
    linked = link.linked(await store.read(link_stream(shop_id, sku_id)))
    if linked is None:
        raise NotLinked(f"SKU {sku_id} of shop {shop_id} was unlinked at the same time")
    return linked


async def link_products(
    store: EventStore,
    shop_id: str,
    variants: Mapping[str, str],
    request: Request,
    *,
    clock: Clock,
    linked_by: LinkedBy = "person",
) -> int:
    """Say which variant each SKU is, all in one append; how many links were new."""
    known = shop.fold(await store.read(shop_stream(shop_id)))
    if known.store is None:
        raise NoStore(f"shop {shop_id} has no Shopify store: connect one, then link its products")
    new = {
        link_stream(shop_id, sku_id): events.ProductLinked(
            shop_id=shop_id,
            sku_id=sku_id,
            variant_id=variant_gid(variant),
            store=known.store,
            linked_by=linked_by,
            person=request.by,
        )
        for sku_id, variant in variants.items()
    }
    made: set[str] = set()

    async def decide(histories: Histories) -> Mapping[str, Sequence[Event]]:
        told = {
            stream: (new[stream],)
            for stream, history in histories.items()
            if not _says(link.linked(history), new[stream])
        }
        made.update(told)
        return told

    await _decide(store, new.keys(), decide, request, clock)
    return len(made)


async def unlink_product(
    store: EventStore, shop_id: str, sku_id: str, request: Request, *, clock: Clock
) -> None:
    """Say that this TikTok SKU has no variant any more; NotLinked when it has none."""

    async def decide(histories: Histories) -> Mapping[str, Sequence[Event]]:
        [(stream, history)] = histories.items()
        if _is_done(history, request):
            return {}
        if link.linked(history) is None:
            raise NotLinked(f"SKU {sku_id} of shop {shop_id} is not linked")
        gone = events.ProductUnlinked(shop_id=shop_id, sku_id=sku_id, unlinked_by=request.by)
        return {stream: (gone,)}

    await _decide(store, [link_stream(shop_id, sku_id)], decide, request, clock)


async def disconnect_shop(
    store: EventStore, shop_id: str, request: Request, *, clock: Clock, reason: str = ""
) -> None:
    """Stop the shop's work; what waits goes on when it is connected again."""

    async def decide(histories: Histories) -> Mapping[str, Sequence[Event]]:
        known = _known_shop(histories, shop_id)
        gone = events.ShopDisconnected(shop_id=shop_id, disconnected_by=request.by, reason=reason)
        return {shop_stream(shop_id): (gone,)} if known.is_connected else {}

    await _decide(store, [shop_stream(shop_id)], decide, request, clock)


def _says(there: events.ProductLinked | None, new: events.ProductLinked) -> bool:
    """Whether the link that holds is to this variant already."""
    return there is not None and (there.variant_id, there.store) == (new.variant_id, new.store)


def variant_gid(variant: str) -> str:
    """The variant's gid from its number or gid; WrongVariant for anything else."""
    match = _VARIANT.fullmatch(variant.strip())
    if match is None:
        raise WrongVariant(
            "variant: expected its number (the end of its address in Shopify admin) or its "
            "gid://shopify/ProductVariant/… id"
        )
    return f"gid://shopify/ProductVariant/{match[1]}"


def _sync_answer(stream: str, history: Sequence[Recorded], request: Request) -> SyncAnswer:
    ids = order_of(stream)
    if not history:
        return SyncAnswer(*ids, "unknown")
    seen = view(order.fold(history))
    if seen.may_sync or _is_done(history, request):
        return SyncAnswer(*ids, "asked", seen.status)
    if seen.status is Status.NOT_ELIGIBLE:
        return SyncAnswer(*ids, "not_eligible", seen.status, seen.reason_code)
    return SyncAnswer(*ids, "already", seen.status)


def _sync_requested(
    answer: SyncAnswer, request: Request, mode: Mode, reason: str
) -> events.SyncRequested:
    return events.SyncRequested(
        shop_id=answer.shop_id,
        order_id=answer.order_id,
        requested_by=request.by,
        mode=mode,
        reason=reason,
        request_id=request.id,
    )


def _is_done(history: Sequence[Recorded], request: Request) -> bool:
    """Whether this very request was carried out before: the second half of a double click."""
    return any(recorded.trace.causation_id == request.id for recorded in history)


def _known_shop(histories: Histories, shop_id: str) -> shop.Shop:
    known = shop.fold(histories[shop_stream(shop_id)])
    if not known.version:
        raise UnknownShop(f"no shop {shop_id} is known: see `ordersync shop ls`")
    return known


async def _decide(
    store: EventStore,
    streams: Iterable[str],
    decide: Callable[[Histories], Awaitable[Mapping[str, Sequence[Event]]]],
    request: Request,
    clock: Clock,
) -> None:
    causes = [Cause(stream, request.id) for stream in streams]
    await decide_all(store, causes, decide, source=SOURCE, clock=clock)
