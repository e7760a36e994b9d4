"""Streams kept folded: the same as folded whole, whatever is kept, and read only where it grew."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid5

import pytest
from pydantic import TypeAdapter

import eventstore.folded
from eventstore.folded import FoldedStreams, Folding, code_of, read_on, read_whole
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, MOST_FROM, Append
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Recorded, Trace

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
LONG, SHORT = "shop-1", "shop-2"
Seen = tuple[int, str]
"""How many events, and the reason of the last."""


def evolve(seen: Seen, recorded: Recorded) -> Seen:
    event = recorded.event
    assert isinstance(event, events.ShopPaused)
    return seen[0] + 1, event.reason_code


SEEN: Folding[Seen] = Folding((0, ""), evolve, TypeAdapter(Seen), "code")


class Store(MemoryEventStore):
    """Counts the events that are read of it."""

    def __init__(self) -> None:
        super().__init__(lambda: NOW)
        self.events = 0

    async def read_from(self, versions: Mapping[str, int]) -> dict[str, tuple[Recorded, ...]]:
        found = await super().read_from(versions)
        self.events += sum(map(len, found.values()))
        return found

    async def say(self, stream: str, count: int, reason: str = "throttled") -> None:
        for _ in range(count):
            event = events.ShopPaused(shop_id="1", side="shopify", reason_code=reason)
            event_id = uuid5(UUID(int=1), f"{reason} {await self.head()}")
            new = NewEvent(event_id, event, NOW, Trace("test"))
            await self.append([Append(stream, ANY_VERSION, (new,))])


async def test_only_what_is_new_is_read_however_long_the_stream_is() -> None:
    store = Store()
    folded = FoldedStreams(store, SEEN)
    await store.say(LONG, 2 * MOST_FROM + 7)
    assert await folded.read([LONG, SHORT]) == {LONG: (1007, "throttled"), SHORT: (0, "")}
    store.events = 0
    await store.say(LONG, 3)
    await store.say(SHORT, 1)
    assert await folded.read([LONG, SHORT]) == {LONG: (1010, "throttled"), SHORT: (1, "throttled")}
    assert store.events == 1 + 3 + 1


async def test_a_process_that_starts_goes_on_from_the_snapshot() -> None:
    store = Store()
    await store.say(LONG, 6 * MOST_FROM)
    whole = await FoldedStreams(store, SEEN).read([LONG])
    store.events = 0
    await store.say(LONG, 2)
    assert await FoldedStreams(store, SEEN).read([LONG]) == {LONG: (3002, "throttled")}
    assert whole == {LONG: (3000, "throttled")}
    assert store.events == MOST_FROM + 1 + 2  # one page is how a stream is known to be long


async def test_other_code_folds_anew_what_a_snapshot_held() -> None:
    store = Store()
    await store.say(LONG, 2 * MOST_FROM)
    await FoldedStreams(store, SEEN).read([LONG])
    doubled = replace(SEEN, evolve=lambda seen, _: (seen[0] + 2, ""), code="other code")
    assert await FoldedStreams(store, doubled).read([LONG]) == {LONG: (2000, "")}
    (kept,) = (await store.snapshots([LONG], "other code")).values()
    assert (kept.version, kept.state) == (1000, '[2000,""]')


@pytest.mark.parametrize("count", [2, 4, 6], ids=["shorter", "as long as it was", "longer"])
async def test_a_stream_that_a_restore_took_back_is_folded_anew(count: int) -> None:
    store, restored = Store(), Store()
    folded = FoldedStreams(store, SEEN)
    await store.say(LONG, 4)
    await folded.read([LONG])
    await restored.say(LONG, count, "uninstalled")  # told otherwise
    folded._store = restored
    assert await folded.read([LONG]) == {LONG: (count, "uninstalled")}


async def test_a_snapshot_that_is_not_of_the_stream_is_not_believed() -> None:
    store, other = Store(), Store()
    await store.say(LONG, 2 * MOST_FROM)
    await FoldedStreams(store, SEEN).read([LONG])
    await other.say(LONG, 2 * MOST_FROM + 1, "uninstalled")
    await other.keep_snapshots(list((await store.snapshots([LONG], "code")).values()), "code")
    assert await FoldedStreams(other, SEEN).read([LONG]) == {LONG: (1001, "uninstalled")}


async def test_no_more_states_are_kept_than_are_allowed() -> None:
    store = Store()
    folded = FoldedStreams(store, SEEN, most_kept=2)
    for n in range(4):
        await store.say(f"shop-{n}", 1)
        await folded.read([f"shop-{n}"])
    assert list(folded._kept) == ["shop-2", "shop-3"]
    assert (await folded.read(["shop-0"]))["shop-0"] == (1, "throttled")


async def test_histories_are_read_whole_however_long_they_are() -> None:
    store = Store()
    await store.say(LONG, 2 * MOST_FROM + 7)
    found = await read_whole(store, [LONG, SHORT])
    assert found == {LONG: await store.read(LONG), SHORT: ()}


async def test_a_stream_is_read_on_from_a_version() -> None:
    store = Store()
    await store.say(LONG, 2 * MOST_FROM + 7)
    found = [recorded.version async for recorded in read_on(store, LONG, 400)]
    assert found == list(range(401, 2 * MOST_FROM + 8))


def test_code_is_named_by_its_text() -> None:
    assert code_of([eventstore.folded]) == code_of([eventstore.folded]) != code_of([events])
