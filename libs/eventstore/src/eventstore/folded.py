"""What streams say, kept folded: only what was appended since is read and folded.

For streams that grow as long as a shop lives. The state is kept in memory by its event's id, so one
that a restored database no longer holds is noticed and folded anew. A long stream's state is kept
in the store as well (``EventStore.snapshots``), under the name of the code that folded it, so that
a process that starts reads no long stream whole either; other code folds it anew.
"""

import hashlib
import inspect
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from types import ModuleType
from typing import Final, Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from eventstore.store import MOST_FROM, EventStore, Snapshot
from ordersync_contracts.envelope import Recorded

State = TypeVar("State")
_NO_EVENT: Final = UUID(int=0)
MOST_KEPT: Final = 50_000
"""States in memory; the one that was asked for longest ago goes first, and is folded anew."""


@dataclass(frozen=True, slots=True)
class Folding(Generic[State]):
    """How one kind of stream is folded, event by event, and how its state becomes JSON.

    ``code``: another one than before wherever the fold may come to another state.
    """

    begin: State
    evolve: Callable[[State, Recorded], State]
    adapter: TypeAdapter[State]
    code: str


@dataclass(frozen=True, slots=True)
class _Kept(Generic[State]):
    """``snapshot``: the version up to which the store keeps it as well."""

    state: State
    version: int = 0
    event_id: UUID = _NO_EVENT
    snapshot: int = 0


class FoldedStreams(Generic[State]):
    """The states of one kind of stream, as they are at the call."""

    def __init__(
        self, store: EventStore, folding: Folding[State], most_kept: int = MOST_KEPT
    ) -> None:
        self._store = store
        self._folding = folding
        self._most_kept = most_kept
        self._kept: dict[str, _Kept[State]] = {}

    async def read(self, streams: Collection[str]) -> dict[str, State]:
        """What each stream says now; a stream that is not there says what every one begins with.

        One query, shared with others that read at the same time; more only for streams that have
        become much longer since, or are met for the first time.
        """
        begun = {stream: self._kept.get(stream, self._nothing) for stream in streams}
        kept, behind, asked = dict(begun), set(begun), set[str]()
        while behind:
            found = await self._store.read_from({s: max(kept[s].version, 1) for s in behind})
            ahead = {s: self._advanced(kept[s], found[s]) for s in behind}
            behind = {s for s in ahead if _is_behind(kept[s], found[s])}
            kept |= ahead | await self._snapshots(behind - asked)
            asked |= behind
        await self._keep(begun, kept)
        return {stream: there.state for stream, there in kept.items()}

    @property
    def _nothing(self) -> _Kept[State]:
        return _Kept(self._folding.begin)

    def _advanced(self, kept: _Kept[State], found: Sequence[Recorded]) -> _Kept[State]:
        """With what was found from its version on; nothing when its own event is not there."""
        if kept.version:
            if not _stands(kept, found):
                return self._nothing
            found = found[1:]
        if not found:
            return kept
        state = reduce(self._folding.evolve, found, kept.state)
        return _Kept(state, found[-1].version, found[-1].id, kept.snapshot)

    async def _snapshots(self, streams: Collection[str]) -> dict[str, _Kept[State]]:
        """Where the store keeps long streams that memory does not; asked once per stream."""
        met = [stream for stream in streams if stream not in self._kept]
        found = await self._store.snapshots(met, self._folding.code) if met else {}
        load = self._folding.adapter.validate_json
        return {
            stream: _Kept(load(there.state), there.version, there.event_id, there.version)
            for stream, there in found.items()
        }

    async def _keep(
        self, begun: Mapping[str, _Kept[State]], kept: Mapping[str, _Kept[State]]
    ) -> None:
        """In memory; in the store as well where a page or more is new since it was kept there."""
        grown = [s for s, there in kept.items() if there.version - there.snapshot >= MOST_FROM]
        made = {s: replace(kept[s], snapshot=kept[s].version) for s in grown}
        if made:
            snapshots = [_snapshot(stream, there, self._folding) for stream, there in made.items()]
            await self._store.keep_snapshots(snapshots, self._folding.code)
        for stream, there in {**kept, **made}.items():
            newest = self._kept.pop(stream, self._nothing)
            is_ours = newest is begun[stream] or there.version >= newest.version
            self._kept[stream] = there if is_ours else newest
        for stream in list(self._kept)[: max(len(self._kept) - self._most_kept, 0)]:
            del self._kept[stream]


def _stands(kept: _Kept[State], found: Sequence[Recorded]) -> bool:
    """Whether what was found begins with the kept version's own event."""
    return bool(found) and found[0].id == kept.event_id


def _is_behind(kept: _Kept[State], found: Sequence[Recorded]) -> bool:
    """Whether there is more to read: a page was full, or what was kept is not the stream's."""
    return len(found) == MOST_FROM or (kept.version > 0 and not _stands(kept, found))


def _snapshot(stream: str, kept: _Kept[State], folding: Folding[State]) -> Snapshot:
    state = folding.adapter.dump_json(kept.state).decode()
    return Snapshot(stream, kept.version, kept.event_id, state)


async def read_on(store: EventStore, stream: str, version: int) -> AsyncIterator[Recorded]:
    """The stream's events after a version, however many there are, page by page."""
    while page := (await store.read_from({stream: version + 1}))[stream]:
        for recorded in page:
            yield recorded
        version = page[-1].version


async def read_whole(
    store: EventStore, streams: Collection[str]
) -> dict[str, tuple[Recorded, ...]]:
    """The whole histories of streams that stay short, in a query that readings here share."""
    histories: dict[str, tuple[Recorded, ...]] = dict.fromkeys(streams, ())
    open_streams = set(streams)
    while open_streams:
        found = await store.read_from({s: len(histories[s]) + 1 for s in open_streams})
        histories |= {stream: histories[stream] + page for stream, page in found.items()}
        open_streams = {stream for stream, page in found.items() if len(page) == MOST_FROM}
    return histories


def code_of(modules: Iterable[ModuleType]) -> str:
    """Names the source text of these modules."""
    return hashlib.sha256("".join(map(inspect.getsource, modules)).encode()).hexdigest()
