"""The waiting orders from the events, after their table was dropped, emptied or restored.

``TRUNCATE mapper.waiting, mapper.filled`` is enough: the next round of the sweep fills it again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from eventstore.store import EventStore
from eventstore.tail import stream_pages
from lifecycle import order as orders
from mapper.decisions import waits_for
from mapper.tables.waiting import Tables, Waiting, as_of
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.envelope import Recorded
from runtime.turns import in_turns

log = structlog.get_logger()
_STREAMS_A_READ: Final = 500


async def rebuild(store: EventStore, tables: Tables) -> bool:
    """Fill the table of waiting orders if nobody has; whether that was needed.

    Two reads and one statement a page of streams, beside live work: what is decided on meanwhile
    stays.
    """
    if await tables.is_filled():
        return False
    kept = 0
    async for streams in stream_pages(store, "order", _STREAMS_A_READ):
        histories = await store.read_many(streams)
        waiting = [
            found
            async for stream, history in in_turns(histories.items())
            if (found := _waits_for(stream, history)) is not None
        ]
        await tables.keep(waiting, anew=False)
        kept += len(waiting)
    await tables.mark_filled()
    log.info("waiting.rebuilt", orders=kept)
    return True


def _waits_for(stream: str, history: Sequence[Recorded]) -> Waiting | None:
    """What the order waits for; nothing that is known while it cannot be read."""
    try:
        order = orders.fold(history)
        found = waits_for(stream, order)
    except UNREADABLE:
        log.exception("order.not_read", stream=stream)
        return None
    return replace(found, as_of=as_of(order.version)) if found is not None else None
