"""Tells an observer what became of the orders that a request touched, before it is answered.

A change of a customer that touches no order is not told, though the customer's orders show it.
"""

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.observer import Observe
from simulators.shopify.shown_orders import shown
from simulators.shopify.store.store import Store
from simulators.shopify.world import World


class Observed:
    """An ASGI app around what executes requests; faults that lose an answer come around this."""

    def __init__(self, app: ASGIApp, world: World, observe: Observe) -> None:
        self._app = app
        self._world = world
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def telling_send(message: Message) -> None:
            for store in self._world.stores.values():
                if store.touched:
                    self._tell(store)
            await send(message)

        await self._app(scope, receive, telling_send)

    def _tell(self, store: Store) -> None:
        touched, store.touched = store.touched, {}
        for gid in touched:
            stored = store.orders.get(gid)
            text = None if stored is None else json.dumps(shown(stored), ensure_ascii=False)
            self._observe(store.domain, gid, None if text is None else text.encode())
