"""The state of one TikTok shop, folded from its stream."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from contracts import events
from contracts.envelope import Recorded
from contracts.events import Event, OrderSettings


@dataclass(frozen=True, slots=True)
class Shop:
    """What the stream of one shop says so far; ``settings_version`` is their event's version."""

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
    adopted_stores: tuple[str, ...] = ()
    scans_asked_for: tuple[str, ...] = ()

    @property
    def may_create(self) -> bool:
        """Whether orders may be created in its store: connected, and adoption is settled."""
        return self.is_connected and self.store is not None and self.store in self.adopted_stores

    @property
    def awaits_scan(self) -> bool:
        """Whether its store is to be scanned for others' orders: never yet, or a person asked."""
        is_settled = self.store in self.adopted_stores and self.store not in self.scans_asked_for
        return self.is_connected and self.store is not None and not is_settled

    def pause_of(self, side: str) -> str | None:
        """Why this side is paused, or None."""
        return dict(self.paused).get(side)


def evolve(shop: Shop, version: int, event: Event) -> Shop:
    """The shop after one more event."""
    match event:
        case events.OrderSettingsChanged():
            shop = replace(shop, settings=event.settings, settings_version=version)
        case events.WindowMoved():
            shop = replace(shop, window_begins_at=event.begins_at)
        case events.AdoptionFinished():
            asked = tuple(store for store in shop.scans_asked_for if store != event.store)
            adopted = (*shop.adopted_stores, event.store)
            shop = replace(shop, adopted_stores=adopted, scans_asked_for=asked)
        case events.AdoptionRequested():
            shop = replace(shop, scans_asked_for=(*shop.scans_asked_for, event.store))
        case _:
            shop = _connection(shop, event)
    return replace(shop, version=version)


def fold(history: Iterable[Recorded]) -> Shop:
    """The shop after its whole stream, given in order of version."""
    shop = Shop()
    for recorded in history:
        shop = evolve(shop, recorded.version, recorded.event)
    return shop


def _connection(shop: Shop, event: Event) -> Shop:
    match event:
        case events.ShopConnected():
            return _connected(shop, event)
        case events.ShopDisconnected():
            return replace(shop, is_connected=False)
        case events.ShopPaused() | events.ShopResumed():
            return _paused(shop, event)
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
        is_connected=True,
        window_begins_at=shop.window_begins_at or event.window_begins_at,
        connected_at=shop.connected_at or event.connected_at,
    )


def _paused(shop: Shop, event: events.ShopPaused | events.ShopResumed) -> Shop:
    others = tuple(entry for entry in shop.paused if entry[0] != event.side)
    if isinstance(event, events.ShopPaused):
        return replace(shop, paused=(*others, (event.side, event.reason_code)))
    return replace(shop, paused=others)
