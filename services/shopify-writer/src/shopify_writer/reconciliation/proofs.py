"""What a comparison proved is said where it is news; the same strangers are not said every hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from eventstore.journal import Journal
from eventstore.store import EventStore
from ordersync_contracts.events import StoreReconciled
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import reconciliation_stream

_SLACK: Final = timedelta(days=1)
"""A stranger of the window was said after it was created; clocks may differ by less than this."""
_PAGE: Final = 500


async def append_news(journal: Journal, proofs: Sequence[StoreReconciled]) -> None:
    """Append those that tell of a double, a deletion, or of strangers other than the last ones.

    ``proofs``: of one store and window, one for each of its shops. No strangers after some is news.
    """
    if not proofs:
        return
    known = await _strangers(journal.store, proofs[0].store, proofs[0].window_begins_at - _SLACK)
    for proof in proofs:
        if proof.doubled or proof.removed or proof.strangers != known.get(proof.shop_id, ()):
            event_id = fact_id(
                "StoreReconciled", proof.shop_id, proof.store, proof.window_ends_at.isoformat()
            )
            await journal.fact(reconciliation_stream(proof.shop_id), event_id, proof)


async def _strangers(store: EventStore, domain: str, since: datetime) -> dict[str, tuple[str, ...]]:
    """What was last said of each shop that goes to the store."""
    known: dict[str, tuple[str, ...]] = {}
    position, names = 0, (StoreReconciled.type_name(),)
    while page := await store.read_named(names, since, position, _PAGE):
        position = page[-1].position
        for recorded in page:
            event = recorded.event
            if isinstance(event, StoreReconciled) and event.store == domain:
                known[event.shop_id] = event.strangers
    return known
