"""The state of one TikTok shop, folded from its stream."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Final, TypeVar

from ordersync_contracts import events
from ordersync_contracts.codec import UnknownEvent
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import OrderSettings

Entry = TypeVar("Entry")
HALTS_KEPT: Final = 2_000
"""More than a store has that stops and goes on every 150 s for all of the 72 h in which a failure
is tried again: a state that grew with its stream would make folding it slower and slower."""


@dataclass(frozen=True, slots=True)
class Halt:
    """A time in which nothing was done in the shop's store; ``until`` None: still."""

    since: datetime
    until: datetime | None = None


RELAPSES_WITHIN: Final = timedelta(hours=1)
"""A side that pauses again so soon for the same reason had not been well."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """The newest pause of a side: why, at which version and when it began, which call lacked which
    scopes.

    ``relapses``: how often in a row it began again soon after it seemed to be over.
    """

    side: str
    reason_code: str
    version: int
    began_at: datetime
    refused: str
    scopes: tuple[str, ...]
    relapses: int
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shop:
    """What the stream of one shop says so far; ``settings_version`` is their event's version.

    ``app_id`` is our app's in the store; ``adoptions`` the store and app of each that has finished;
    ``scan_asked_version`` the version at which a person last asked for one.
    """

    version: int = 0
    shop_id: str = ""
    name: str = ""
    region: str = ""
    grant_id: str = ""
    store: str | None = None
    is_connected: bool = False
    window_begins_at: datetime | None = None
    connected_at: datetime | None = None
    settings: OrderSettings = field(default_factory=OrderSettings)
    settings_version: int = 0
    paused: tuple[tuple[str, str], ...] = ()
    app_id: str = ""
    adoptions: tuple[tuple[str, str], ...] = ()
    scans_asked_for: tuple[str, ...] = ()
    scan_asked_version: int = 0
    halts: tuple[Halt, ...] = ()
    lapses: tuple[Lapse, ...] = ()

    @property
    def may_create(self) -> bool:
        """Whether orders may be created in its store: connected, and adoption is settled."""
        return self.is_connected and self.is_adopted

    def has_left(self, store: str) -> bool:
        """Whether it is connected, but to another store: this one may answer all the same."""
        return self.is_connected and self.store != store

    @property
    def is_adopted(self) -> bool:
        """Whether its store was scanned, or a person waived that, under the app it has there now.

        Where the app of either is not known, they are taken for the same.
        """
        apps = {app for store, app in self.adoptions if store == self.store}
        return bool(apps) and (not self.app_id or bool(apps & {"", self.app_id}))

    @property
    def awaits_scan(self) -> bool:
        """Whether its store is to be scanned for others' orders: never yet, or a person asked."""
        is_settled = self.is_adopted and self.store not in self.scans_asked_for
        return self.is_connected and self.store is not None and not is_settled

    def pause_of(self, side: str) -> str | None:
        """Why this side is paused, or None."""
        return dict(self.paused).get(side)

    def lapse_of(self, side: str) -> Lapse | None:
        """The pause of this side that holds, or the last one since it was connected."""
        return next((lapse for lapse in self.lapses if lapse.side == side), None)

    @property
    def is_halted(self) -> bool:
        """Whether nothing may be done in its store now: disconnected, or that side is paused."""
        return not self.is_connected or self.pause_of("shopify") is not None

    def stood_still(self, since: datetime, until: datetime) -> timedelta:
        """How much of this span nothing was done in its store."""
        spans = (
            min(halt.until or until, until) - max(halt.since, since)
            for halt in self.halts
            if halt.until is None or halt.until > since
        )
        return sum((span for span in spans if span > timedelta(0)), timedelta(0))


def evolve(shop: Shop, recorded: Recorded) -> Shop:
    """The shop after one more event of its stream.

    One that only a newer release knows moves the version alone: work goes on while releases meet.
    """
    try:
        changed = _changed(shop, recorded)
    except UnknownEvent:
        changed = shop
    after = replace(changed, version=recorded.version)
    return replace(after, halts=_halts(shop, after, recorded.recorded_at))


def fold(history: Iterable[Recorded]) -> Shop:
    """The shop after its whole stream, given in order of version."""
    return reduce(evolve, history, Shop())


def _changed(shop: Shop, recorded: Recorded) -> Shop:
    match event := recorded.event:
        case events.OrderSettingsChanged():
            return replace(shop, settings=event.settings, settings_version=recorded.version)
        case events.WindowMoved():
            return replace(shop, window_begins_at=event.begins_at)
        case events.AdoptionFinished():
            return _adopted(shop, event)
        case events.AdoptionRequested():
            asked_for = _and_once(shop.scans_asked_for, event.store)
            return replace(shop, scans_asked_for=asked_for, scan_asked_version=recorded.version)
        case _:
            return _connection(shop, recorded)


def _adopted(shop: Shop, event: events.AdoptionFinished) -> Shop:
    return replace(
        shop,
        adoptions=_and_once(shop.adoptions, (event.store, event.app_id)),
        app_id=event.app_id if event.store == shop.store and event.app_id else shop.app_id,
        scans_asked_for=tuple(store for store in shop.scans_asked_for if store != event.store),
    )


def _and_once(known: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    """With this one, once: what is said again makes nothing longer."""
    return known if entry in known else (*known, entry)


def _halts(before: Shop, after: Shop, at: datetime) -> tuple[Halt, ...]:
    """The halts with what this event began or ended; what came before the connection is none.

    Of those long ago only the newest ``HALTS_KEPT``.
    """
    if not before.version or before.is_halted == after.is_halted:
        return before.halts
    if after.is_halted:
        return (*before.halts[1 - HALTS_KEPT :], Halt(at))
    return (*before.halts[:-1], *(Halt(halt.since, at) for halt in before.halts[-1:]))


def _connection(shop: Shop, recorded: Recorded) -> Shop:
    match event := recorded.event:
        case events.ShopConnected():
            return _connected(shop, event)
        case events.ShopDisconnected():
            return replace(shop, is_connected=False)
        case events.ShopPaused():
            return _paused(shop, event, recorded)
        case events.ShopResumed():
            return _resumed(shop, event, recorded)
        case _:
            return shop


def _connected(shop: Shop, event: events.ShopConnected) -> Shop:
    return replace(
        shop,
        shop_id=event.shop_id,
        name=event.name,
        region=event.region,
        grant_id=event.grant_id,
        store=event.store or shop.store,
        app_id=event.app_id or ("" if event.store not in (None, shop.store) else shop.app_id),
        is_connected=True,
        window_begins_at=shop.window_begins_at or event.window_begins_at,
        connected_at=shop.connected_at or event.connected_at,
        lapses=tuple(replace(lapse, relapses=0) for lapse in shop.lapses),
    )


def _paused(shop: Shop, event: events.ShopPaused, recorded: Recorded) -> Shop:
    side, why, at = event.side, event.reason_code, recorded.recorded_at
    relapses = _relapses(shop.lapse_of(side), why, at)
    lapse = Lapse(side, why, recorded.version, at, event.refused, event.scopes, relapses)
    return replace(shop, paused=(*_of_others(shop, side), (side, why)), lapses=_with(shop, lapse))


def _relapses(before: Lapse | None, reason_code: str, at: datetime) -> int:
    if before is None or before.ended_at is None or before.reason_code != reason_code:
        return 0
    return before.relapses + 1 if at - before.ended_at < RELAPSES_WITHIN else 0


def _resumed(shop: Shop, event: events.ShopResumed, recorded: Recorded) -> Shop:
    lapse = shop.lapse_of(event.side)
    ended = replace(lapse, ended_at=recorded.recorded_at) if lapse is not None else None
    lapses = _with(shop, ended) if ended is not None else shop.lapses
    return replace(shop, paused=_of_others(shop, event.side), lapses=lapses)


def _of_others(shop: Shop, side: str) -> tuple[tuple[str, str], ...]:
    return tuple(entry for entry in shop.paused if entry[0] != side)


def _with(shop: Shop, lapse: Lapse) -> tuple[Lapse, ...]:
    return (*(known for known in shop.lapses if known.side != lapse.side), lapse)
