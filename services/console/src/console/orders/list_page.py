"""The Orders page: views with counts, filters in the address, Sync for one, several or all."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.orders.actions import SyncAnswer, request_sync
from console.orders.address import ListAddress
from console.rows import OrderFilter, OrderRow, Tally, by_status
from console.shops.completeness import completeness
from console.web.site import Site, back_to, form_id, submitted, text
from lifecycle.status import Status
from ordersync_contracts.streams import order_of

PAGE: Final = 50
COUNTED_UP_TO: Final = 2_000
VIEWS: Final = (
    None,
    Status.NOT_SYNCED,
    Status.SYNCING,
    Status.SYNCED,
    Status.SYNC_FAILED,
    Status.NOT_ELIGIBLE,
)


@dataclass(frozen=True)
class OrdersPage:
    """Lists orders, and takes the wish to sync them."""

    path: ClassVar[str] = "/orders"
    title: ClassVar[str] = "Orders"
    site: Site

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/orders", self.show),
            Route("/orders/live", self.live),
            Route("/orders/sync", self.sync, methods=["POST"]),
            Route("/orders/bulk/dismiss", self.dismiss, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """GET /orders: the whole page."""
        return self.site.page(request, "orders.html", **await self._values(request))

    async def live(self, request: Request) -> Response:
        """GET /orders/live: the part that changes; 304 while nothing has."""
        values = partial(self._values, request)
        return await self.site.live(request, "orders_live.html", await self._tag(), values)

    async def sync(self, request: Request) -> Response:
        """POST /orders/sync: the orders picked, the one whose button it was, or all that match."""
        form = await submitted(request)
        address = ListAddress.parse(request.query_params)
        asked_by = self.site.backend.submission(form_id(form))
        if text(form, "all_matching"):
            total = await self.site.bulk.begin(address.wanted, asked_by, COUNTED_UP_TO)
            return back_to(f"/orders?{address}", f"Syncing all {_about(total)} matching orders.")
        alone = text(form, "one")
        picked = [alone] if alone else [str(value) for value in form.getlist("pick")]
        answers = await request_sync(
            asked_by,
            [_ids(stream) for stream in picked[:PAGE]],
            mode="manual" if len(picked) == 1 else "bulk",
        )
        await self.site.refresh()
        back = f"/orders?{address}"
        if text(form, "origin") == "order" and answers:
            back = f"/orders/{answers[0].shop_id}/{answers[0].order_id}"
        return back_to(back, notice_of(answers))

    async def dismiss(self, request: Request) -> Response:
        """POST /orders/bulk/dismiss: a bulk sync that is done is shown no more."""
        form = await submitted(request)
        await self.site.bulk.runs.dismiss(text(form, "run"))
        address = ListAddress.parse(request.query_params)
        return back_to(f"/orders?{address}", "The bulk sync is shown no more.")

    async def _tag(self) -> str:
        """Names what the list shows; taken before it is read, so that no change is missed."""
        shown = repr(await self.site.bulk.runs.shown()).encode()
        progress = hashlib.sha256(shown).hexdigest()[:16]
        return f'"{await self.site.backend.rows.position()}-{progress}"'

    async def _values(self, request: Request) -> dict[str, Any]:
        backend = self.site.backend
        tag = await self._tag()
        address = ListAddress.parse(request.query_params)
        wanted = address.wanted
        tally = await backend.rows.tally(wanted.shop_id)
        found = await backend.rows.orders(wanted, after=address.after, limit=PAGE + 1)
        rows = found[:PAGE]
        shops = await self.site.shops()
        shown = [shop for shop in shops.values() if wanted.shop_id in {None, shop.shop_id}]
        return {
            "tag": tag,
            "address": address,
            "older": address.page_after(rows[-1].cursor) if len(found) > PAGE else None,
            "rows": rows,
            "views": _views(address, tally),
            "reasons": _reasons(tally, wanted),
            "matching": await self._matching(wanted, tally, rows),
            "shops": shops,
            "complete": completeness(shown, await backend.rows.fetched()),
            "runs": await self.site.bulk.runs.shown(),
        }

    async def _matching(
        self, wanted: OrderFilter, tally: Sequence[Tally], rows: Sequence[OrderRow]
    ) -> str:
        """How many orders the filter takes; only a narrowed one has to be counted."""
        if ListAddress(wanted).is_narrowed:
            if len(rows) < PAGE:
                return _about(len(rows))
            return _about(await self.site.backend.rows.count(wanted, limit=COUNTED_UP_TO))
        return f"{_view_count(wanted.status, tally):,}"


def notice_of(answers: Sequence[SyncAnswer]) -> str:
    """What became of a wish, by outcome; nothing is hidden."""
    counted: Counter[str] = Counter(answer.outcome for answer in answers)
    sentences = {
        "asked": "Syncing {}.",
        "already": "{} left alone: already synced or syncing.",
        "not_eligible": "{} refused: not eligible.",
        "unknown": "{} not known.",
        "not_asked": "{} could not be asked for: an order's page says what cannot be read of it.",
    }
    parts = [
        sentence.format("1 order" if counted[outcome] == 1 else f"{counted[outcome]} orders")
        for outcome, sentence in sentences.items()
        if counted[outcome]
    ]
    return " ".join(parts) or "No order was selected."


def _ids(stream: str) -> tuple[str, str]:
    try:
        return order_of(stream)
    except ValueError:
        said = "pick: that is not an order: reload the page and select orders in it."
        raise HTTPException(400, said) from None


def _about(count: int) -> str:
    return f"{count:,}+" if count >= COUNTED_UP_TO else f"{count:,}"


def _views(address: ListAddress, tally: Sequence[Tally]) -> list[dict[str, Any]]:
    return [
        {
            "name": status.value if status else "All",
            "address": address.view(status).page_after(None),
            "count": _view_count(status, tally),
            "is_open": status is address.wanted.status,
        }
        for status in VIEWS
    ]


def _view_count(status: Status | None, tally: Sequence[Tally]) -> int:
    counted = by_status(tally)
    if status is not None:
        return counted[status]
    return sum(counted.values()) - counted[Status.NOT_ELIGIBLE]


def _reasons(tally: Sequence[Tally], wanted: OrderFilter) -> list[Tally]:
    """The reasons that occur in the open view, each once, most frequent first."""
    counted: dict[str, Tally] = {}
    for entry in tally:
        code = entry.reason_code
        if code and (entry.status is wanted.status or _in_all(entry, wanted)):
            before = counted[code].orders if code in counted else 0
            counted[code] = Tally(entry.status, code, before + entry.orders)
    return sorted(counted.values(), key=lambda entry: (-entry.orders, entry.reason_code or ""))


def _in_all(entry: Tally, wanted: OrderFilter) -> bool:
    return wanted.status is None and entry.status is not Status.NOT_ELIGIBLE
