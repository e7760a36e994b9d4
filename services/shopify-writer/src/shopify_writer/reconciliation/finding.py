"""What one store's comparison has seen so far, and how far it is; what comparisons found, counted.

Nothing in it counts twice where a page is read again: gids are sets, and the rest is what was news.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from shopify.orders import FoundOrder, created_since_query
from shopify_writer.pages import Place

WINDOW: Final = timedelta(days=7)


@dataclass(slots=True, kw_only=True)
class Finding(Place):
    """Of the orders of the last ``WINDOW`` before it began.

    ``taken_at``: when its turn was last taken. Cut off so many ``times``, it goes on at ``due_at``.
    """

    taken_at: datetime
    due_at: datetime
    times: int = 0
    gids: set[str] = field(default_factory=set)
    doubled: int = 0
    removed: int = 0
    strangers: set[str] = field(default_factory=set)

    @property
    def window_begins_at(self) -> datetime:
        """Older orders are not compared."""
        return self.began_at - WINDOW

    def see(self, page: Iterable[FoundOrder]) -> None:
        """These stand there; what was created since it began is no order of its window."""
        self.gids |= {order.id for order in page if order.created_at <= self.began_at}


def begun(now: datetime, taken_at: datetime) -> Finding:
    """Nothing yet, of a comparison that begins now, in a turn that was taken then."""
    query = created_since_query(now - WINDOW)
    return Finding(query=query, began_at=now, taken_at=taken_at, due_at=now)


class ReconciliationMetrics:
    """What reconciliations found; labels are few and never ids."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._found = Counter(
            "shopify_reconciliation_found",
            "Orders that did not agree with the events",
            ["what"],
            registry=registry,
        )

    def found(self, what: str, count: int) -> None:
        """So many: ``what`` doubled, stranger or removed."""
        self._found.labels(what).inc(count)
