"""Every event is folded, or named here with the reason why it is not; the timeline tells each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tests.world import story

from console.orders.timeline import timeline
from lifecycle import link
from lifecycle import order as orders
from lifecycle import shop as shops
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from ordersync_contracts.generate.examples import example_of

NOW = datetime(2026, 1, 7, tzinfo=UTC)
Fold = Callable[[Iterable[Recorded]], Any]
FOLDS: tuple[Fold, ...] = (orders.fold, shops.fold, link.linked)
IGNORED: dict[type[Event], str] = {
    events.ShopifyOrderCancelled: "a person cancelled it in Shopify: the timeline shows it. The "
    "order still stands there, and what Shopify does not take any more it refuses by itself",
    events.AuthorizationExpiring: "a warning for people; what is decided from is the pause",
    events.ProductsChanged: "a hint to read the store's products anew: nothing follows from it",
    events.OrdersReconciled: "a proof: rows of the console, never read to decide",
    events.HistoryFetched: "a proof: rows of the console, never read to decide",
    events.StoreReconciled: "a proof: what it lists is read as it stands",
}


def recorded(*history: type[Event]) -> tuple[Recorded, ...]:
    return story.stream(*(example_of(event, "full") for event in history), stream="order-1-2")


def state(fold: Fold, *history: type[Event]) -> Any:
    """What the events fold to, but for the version, which moves with every event."""
    folded = fold(recorded(*history))
    has_version = is_dataclass(folded) and not isinstance(folded, type)
    return replace(folded, version=0) if has_version else folded


def changes(fold: Fold, event: type[Event]) -> bool:
    """Whether the event makes a difference, alone or after some other event."""
    before = [(), *((other,) for other in events.ALL if other is not event)]
    return any(state(fold, *first, event) != state(fold, *first) for first in before)


def unfolded(folds: Sequence[Fold]) -> set[type[Event]]:
    return {event for event in events.ALL if not any(changes(fold, event) for fold in folds)}


def test_every_event_is_folded_or_named_as_ignored() -> None:
    assert unfolded(FOLDS) == IGNORED.keys()


def test_an_event_that_no_fold_knows_is_found() -> None:
    links = {events.ProductLinked, events.ProductUnlinked}
    assert unfolded((orders.fold, shops.fold)) == IGNORED.keys() | links


def test_the_timeline_has_a_title_for_every_event_of_an_order() -> None:
    of_orders = [event for event in events.ALL if issubclass(event, events.OrderEvent)]
    told = timeline(recorded(*of_orders))
    assert [entry.name for entry in told if entry.title == entry.name] == []


def test_an_event_without_a_title_is_found() -> None:
    (entry,) = timeline(recorded(events.ShopConnected))
    assert entry.title == entry.name
