"""How the streams that grow as long as a shop lives are folded: a shop's own, and its links'."""

from typing import Final

from pydantic import TypeAdapter

from eventstore.folded import FoldedStreams, Folding, code_of
from eventstore.store import EventStore
from lifecycle import link as links
from lifecycle import shop as shops
from lifecycle.link import Link
from lifecycle.shop import Shop
from ordersync_contracts import codec, upcast
from ordersync_contracts.events import event, shop
from ordersync_contracts.events import links as link_events
from ordersync_contracts.streams import shop_stream

_READING: Final = (event, codec, upcast)
"""By what every event is read, whatever it is about."""

SHOPS: Final = Folding(Shop(), shops.evolve, TypeAdapter(Shop), code_of([shops, shop, *_READING]))
LINKS: Final = Folding(
    Link(), links.evolve, TypeAdapter(Link), code_of([links, link_events, *_READING])
)


async def read_shop(store: EventStore, shop_id: str) -> Shop:
    """The shop as it is now, for who asks once; what it costs has a bound."""
    stream = shop_stream(shop_id)
    return (await FoldedStreams(store, SHOPS).read([stream]))[stream]
