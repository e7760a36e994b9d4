"""The state of one order, folded from its stream."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event

E = TypeVar("E", bound=Event)
Changes = dict[str, Any]
Step = Callable[["Order", Any], Changes]
"""Takes the order and an ``At`` of the event type it is registered for; gives what changes."""


@dataclass(frozen=True, slots=True)
class At(Generic[E]):
    """An event and its version in the stream."""

    version: int
    event: E


@dataclass(frozen=True, slots=True)
class Source:
    """What an order in Shopify may have been made from: a draft, and the snapshot behind it.

    No draft: another connector made it, and the snapshot is the one of when it was found.
    """

    draft: At[events.ShopifyOrderDraft] | None
    snapshot: At[events.OrderFetched] | None


@dataclass(frozen=True, slots=True)
class Order:
    """What the stream of one order says so far. ``version`` 0: nothing yet.

    Each field holds the newest event of its kind; ``snapshot`` the one that counts by TikTok's
    update time and the time of our request, not the last appended. ``updates`` and ``failures``
    hold the newest of each kind of change. ``drafted_from`` is the snapshot behind ``draft``;
    ``sources`` are the requested drafts since the order last stood in Shopify. ``set_aside``:
    TikTok has it in a newer state, which could not be recorded.
    """

    version: int = 0
    snapshot: At[events.OrderFetched] | None = None
    eligibility: At[events.OrderEligible] | At[events.OrderIneligible] | None = None
    refused: At[events.OrderIneligible] | None = None
    asked: At[events.SyncRequested] | None = None
    draft: At[events.ShopifyOrderDraft] | None = None
    withdrawn: At[events.ShopifyOrderDraftWithdrawn] | None = None
    blocked: At[events.OrderBlocked] | None = None
    requested: At[events.ShopifyOrderRequested] | None = None
    created: At[events.ShopifyOrderCreated] | None = None
    failed: At[events.ShopifyOrderFailed] | None = None
    removed: At[events.ShopifyOrderRemoved] | None = None
    deliveries: tuple[At[events.DeliveryStatusChanged], ...] = ()
    synced_deliveries: tuple[At[events.DeliveryStatusSynced], ...] = ()
    updates: tuple[At[events.ShopifyOrderUpdated], ...] = ()
    failures: tuple[At[events.ShopifyUpdateFailed], ...] = ()
    drafted_from: At[events.OrderFetched] | None = None
    sources: tuple[Source, ...] = ()
    set_aside: At[events.OrderSetAside] | None = None
    cancelled: At[events.OrderCancelled] | None = None
    erased: At[events.RecipientErased] | None = None

    @property
    def stands(self) -> bool:
        """Whether the order is in Shopify: created, and not deleted there since."""
        return _version(self.created) > _version(self.removed)

    def update_of(self, change: str) -> At[events.ShopifyOrderUpdated] | None:
        """The newest update of this kind on the order that stands in Shopify now."""
        since = _version(self.created)
        found = (at for at in self.updates if at.event.change == change and at.version > since)
        return next(found, None)

    def failure_of(self, change: str) -> At[events.ShopifyUpdateFailed] | None:
        """The newest failure of this kind on the order that stands in Shopify now."""
        since = _version(self.created)
        found = (at for at in self.failures if at.event.change == change and at.version > since)
        return next(found, None)

    @property
    def is_in_flight(self) -> bool:
        """Whether a request went out whose outcome is not recorded."""
        outcome = max(_version(self.created), _version(self.failed))
        return _version(self.requested) > outcome

    @property
    def live_draft(self) -> At[events.ShopifyOrderDraft] | None:
        """The newest draft, unless something withdrew it or an order came of it."""
        ended_by = max(
            _version(self.withdrawn),
            _version(self.blocked),
            _version(self.refused),
            _version(self.created),
        )
        return self.draft if _version(self.draft) > ended_by else None

    @property
    def is_ineligible(self) -> bool:
        """Whether the newer of OrderEligible and OrderIneligible is OrderIneligible."""
        return self.eligibility is not None and isinstance(
            self.eligibility.event, events.OrderIneligible
        )

    @property
    def asked_version(self) -> int:
        """The version of the newest SyncRequested that still counts.

        0 when nobody asked, or when the order was deleted in Shopify since.
        """
        version = _version(self.asked)
        return version if version > _version(self.removed) else 0

    @property
    def is_deleted(self) -> bool:
        """Whether it was in Shopify, was deleted there, and nobody asked for it again."""
        return self.removed is not None and not self.stands and not self.asked_version


def _version(at: At[Any] | None) -> int:
    return at.version if at is not None else 0


def _fetched(order: Order, at: At[events.OrderFetched]) -> Changes:
    if order.snapshot is not None and not at.event.is_newer_than(order.snapshot.event):
        return {}
    aside = order.set_aside
    is_over = aside is not None and aside.event.is_ended_by(at.event)
    return {"snapshot": at, "set_aside": None if is_over else aside}


def _set_aside(order: Order, at: At[events.OrderSetAside]) -> Changes:
    """Told after a state was recorded that was asked for since, it is over already."""
    known = order.snapshot
    is_over = known is not None and at.event.is_ended_by(known.event)
    return {} if is_over else {"set_aside": at}


def _ineligible(_: Order, at: At[events.OrderIneligible]) -> Changes:
    """Kept beside what follows: a draft that it withdrew does not return with eligibility."""
    return {"eligibility": at, "refused": at}


def _draft(order: Order, at: At[events.ShopifyOrderDraft]) -> Changes:
    return {"draft": at, "drafted_from": order.snapshot}


def _requested(order: Order, at: At[events.ShopifyOrderRequested]) -> Changes:
    """Remembers what it asked for: which of several requests made the order may stay unknown."""
    draft, wanted = order.draft, at.event.draft_version
    if draft is None or draft.version != wanted or any(s.draft is draft for s in order.sources):
        return {"requested": at}
    return {"requested": at, "sources": (*order.sources, Source(draft, order.drafted_from))}


def _created(order: Order, at: At[events.ShopifyOrderCreated]) -> Changes:
    """An adopted order was made by somebody else, whatever we asked for."""
    if at.event.outcome == "adopted":
        return {"created": at, "sources": (Source(None, order.snapshot),)}
    made = [s for s in order.sources if s.draft and s.draft.version == at.event.draft_version]
    is_known = at.event.outcome == "created" and made
    return {"created": at, "sources": tuple(made) if is_known else order.sources}


def _removed(_: Order, at: At[events.ShopifyOrderRemoved]) -> Changes:
    return {"removed": at, "sources": ()}


def _updated(order: Order, at: At[events.ShopifyOrderUpdated]) -> Changes:
    others = (earlier for earlier in order.updates if earlier.event.change != at.event.change)
    return {"updates": (at, *others)}


def _update_failed(order: Order, at: At[events.ShopifyUpdateFailed]) -> Changes:
    others = (earlier for earlier in order.failures if earlier.event.change != at.event.change)
    return {"failures": (at, *others)}


def _delivery(order: Order, at: At[events.DeliveryStatusChanged]) -> Changes:
    return {"deliveries": (*order.deliveries, at)}


def _delivery_synced(order: Order, at: At[events.DeliveryStatusSynced]) -> Changes:
    return {"synced_deliveries": (*order.synced_deliveries, at)}


def _newest(field: str) -> Step:
    def keep(_: Order, at: At[Event]) -> Changes:
        return {field: at}

    return keep


_EVOLVE: dict[type[Event], Step] = {
    events.OrderFetched: _fetched,
    events.OrderSetAside: _set_aside,
    events.OrderEligible: _newest("eligibility"),
    events.OrderIneligible: _ineligible,
    events.SyncRequested: _newest("asked"),
    events.ShopifyOrderDraft: _draft,
    events.ShopifyOrderDraftWithdrawn: _newest("withdrawn"),
    events.OrderBlocked: _newest("blocked"),
    events.ShopifyOrderRequested: _requested,
    events.ShopifyOrderCreated: _created,
    events.ShopifyOrderFailed: _newest("failed"),
    events.ShopifyOrderRemoved: _removed,
    events.DeliveryStatusChanged: _delivery,
    events.DeliveryStatusSynced: _delivery_synced,
    events.ShopifyOrderUpdated: _updated,
    events.ShopifyUpdateFailed: _update_failed,
    events.OrderCancelled: _newest("cancelled"),
    events.RecipientErased: _newest("erased"),
}


def evolve(order: Order, version: int, event: Event) -> Order:
    """The order after one more event; events it does not know only move the version."""
    step = _EVOLVE.get(type(event))
    changes = step(order, At(version, event)) if step is not None else {}
    return replace(order, version=version, **changes)


def fold(history: Iterable[Recorded]) -> Order:
    """The order after its whole stream, given in order of version."""
    order = Order()
    for recorded in history:
        order = evolve(order, recorded.version, recorded.event)
    return order
