"""One order: its status with reason and fix, its timeline, TikTok's values and Shopify's."""

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.orders.queries import OrderHistory, UnknownOrder, find_order, preview_order
from console.orders.timeline import timeline
from console.typed import is_text
from console.web.site import Site
from lifecycle.status import Status, unapplied
from mapping.preview import Preview
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.events import Payment
from ordersync_contracts.streams import order_stream

log = structlog.get_logger()


@dataclass(frozen=True)
class OrderPage:
    """Shows one order, from its own stream."""

    path: ClassVar[str] = "/orders/{shop_id}/{order_id}"
    title: ClassVar[str] = ""
    site: Site

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [Route(self.path, self.show), Route(f"{self.path}/live", self.live)]

    async def show(self, request: Request) -> Response:
        """GET /orders/{shop}/{order}: the whole page."""
        found = await self._found(request)
        return self.site.page(request, "order.html", **await self._values(found))

    async def live(self, request: Request) -> Response:
        """GET /orders/{shop}/{order}/live: the part that changes; 304 while nothing has."""
        found = await self._found(request)
        values = partial(self._values, found)
        return await self.site.live(request, "order_live.html", _tag(found), values)

    async def _found(self, request: Request) -> OrderHistory:
        ids, backend = request.path_params, self.site.backend
        if not all(map(is_text, ids.values())):
            raise HTTPException(404, "No shop has an order with this id.")
        try:
            return await find_order(backend.store, backend.clock(), ids["order_id"], ids["shop_id"])
        except UnknownOrder:
            raise HTTPException(404, "No shop has an order with this id.") from None

    async def _values(self, found: OrderHistory) -> dict[str, Any]:
        shop = (await self.site.shops()).get(found.shop_id)
        created = found.order.created.event if found.order.created else None
        draft = found.order.draft.event if found.order.draft else None
        return {
            "tag": _tag(found),
            "found": found,
            "shop": shop,
            "stream": order_stream(found.shop_id, found.order_id),
            "entries": tuple(reversed(timeline(found.history))),
            "snapshot": found.snapshot,
            "amounts": amounts(found.snapshot.payment) if found.snapshot else (),
            "created": created,
            "draft": draft,
            "failed": _failure(found),
            "preview": await self._preview(found),
        }

    async def _preview(self, found: OrderHistory) -> Preview | None:
        """What it would become; None once it is there, before it was fetched, or where its shop or
        a link cannot be read."""
        if found.order.stands or found.snapshot is None:
            return None
        try:
            return await preview_order(self.site.backend.store, found)
        except UNREADABLE as error:
            log.warning("order.no_preview", shop_id=found.shop_id, error=type(error).__name__)
            return None


def amounts(payment: Payment) -> tuple[tuple[str, Any], ...]:
    """How TikTok's total composes: names and amounts, those that are zero left out."""
    parts = (
        ("Items", payment.sub_total),
        ("Shipping", payment.shipping_fee),
        ("Tax", payment.tax),
        *((fee.name, fee.amount) for fee in payment.fees),
    )
    return (*((name, value) for name, value in parts if value), ("Total", payment.total))


def _tag(found: OrderHistory) -> str:
    """What it shows besides its own stream is why it waits."""
    waits = f"-{found.view.reason_code}" if found.view.status is Status.SYNCING else ""
    return f'"{found.history[-1].version}{waits}"'


def _failure(found: OrderHistory) -> str:
    """What Shopify called it: its own code, field and request id, never a value."""
    failed = found.order.failed
    event = unapplied(found.order) or (failed.event if failed is not None else None)
    if event is None or found.view.reason_code != event.reason_code:
        return ""
    facts = (("code", event.shopify_code), ("field", event.field), ("request", event.request_id))
    return ", ".join(f"{name} {value}" for name, value in facts if value)
