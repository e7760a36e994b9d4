"""The control interface under `/_sim/`, as the package's docstring lists it.

JSON in, JSON out; a refusal is 400 or 404 with one sentence in `error`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.routing import Route

from simulators.control import BadRequest, Handler, NotThere, read_json, read_object, routes
from simulators.fault_rules import BadFault
from simulators.tiktok import notices
from simulators.tiktok.catalogue import BadProduct
from simulators.tiktok.envelope import to_json
from simulators.tiktok.generate.generator import Generator
from simulators.tiktok.generate.kinds import BadMix
from simulators.tiktok.generate.request import BadGeneration, read_generation
from simulators.tiktok.order_fields import Json, record_id
from simulators.tiktok.order_flow import BadOrder
from simulators.tiktok.shops import BadShop, Shop
from simulators.tiktok.stored_order import Privacy, StoredOrder
from simulators.tiktok.webhook_sender import BadWebhooks
from simulators.tiktok.world import World

_BAD = (BadFault, BadGeneration, BadMix, BadOrder, BadProduct, BadShop, BadWebhooks)


@dataclass(frozen=True, slots=True)
class Control:
    """The control side of one world."""

    world: World
    generator: Generator

    def routes(self) -> list[Route]:
        """All of them, for Starlette."""
        handlers: tuple[tuple[str, str, Handler], ...] = (
            ("PUT", "/_sim/shops/{shop_id}", self.put_shop),
            ("POST", "/_sim/grants", self.post_grant),
            ("DELETE", "/_sim/grants", self.delete_grants),
            ("GET", "/_sim/orders", self.get_orders),
            ("POST", "/_sim/orders", self.post_orders),
            ("PATCH", "/_sim/orders/{order_id}", self.patch_order),
            ("POST", "/_sim/orders/{order_id}/reject_cancellation", self.reject_cancellation),
            ("POST", "/_sim/generate", self.generate),
            ("GET", "/_sim/webhooks", self.get_webhooks),
            ("PUT", "/_sim/webhooks", self.put_webhooks),
            ("PUT", "/_sim/faults", self.put_faults),
            ("GET", "/_sim/requests", self.get_requests),
            ("POST", "/_sim/reset", self.reset),
        )
        return routes(handlers, _BAD)

    async def put_shop(self, request: Request) -> bytes:
        """Makes or changes a shop; answers what Get Authorized Shops would show."""
        raw = await read_object(request)
        shop = self.world.shops.put(request.path_params["shop_id"], raw, int(self.world.now()))
        products = [product.full for product in shop.products]
        return to_json({**shop.shown(), "products": products})

    async def post_grant(self, request: Request) -> bytes:
        """A seller authorises: `{shop_ids, seller_name?, access_token_s?, refresh_token_s?}`."""
        raw = await read_object(request)
        shop_ids = raw.get("shop_ids")
        if not isinstance(shop_ids, list) or not shop_ids:
            raise BadRequest("shop_ids: a list of shop ids that is not empty")
        shops = [self._shop(shop_id) for shop_id in shop_ids]
        seller_name = str(raw.get("seller_name") or shops[0].name)
        lifetimes = [_whole(raw, key) for key in ("access_token_s", "refresh_token_s")]
        made = self.world.grants.make((shop.id for shop in shops), seller_name, *lifetimes)
        return to_json(made)

    async def delete_grants(self, request: Request) -> bytes:
        """`?shop_id=`: the seller withdraws every grant on this shop; webhook 6."""
        shop = self._shop(request.query_params.get("shop_id"))
        self.world.grants.revoke(shop.id)
        self.world.webhooks.send(notices.deauthorized(shop.id))
        return b"{}"

    async def get_orders(self, request: Request) -> bytes:
        """Every order as it is stored, nothing hidden; `?shop_id=` narrows."""
        shop_id = request.query_params.get("shop_id")
        self.world.orders.release_holds()
        found = (order for order in self.world.orders if shop_id in (None, order.shop_id))
        return _texts(found)

    async def post_orders(self, request: Request) -> bytes:
        """`?shop_id=`, `&as_given=true`, `&privacy=`: stores raw orders; answers them as stored."""
        shop = self._shop(request.query_params.get("shop_id"))
        as_given = request.query_params.get("as_given") == "true"
        privacy = _privacy(request.query_params.get("privacy", "as_stored"))
        given = _given_orders(await read_json(request))
        post = partial(self.world.orders.post, as_given=as_given, privacy=privacy)
        return _texts([post(raw, shop.id) for raw in given])

    async def patch_order(self, request: Request) -> bytes:
        """A merge patch; `?touch=true` moves update_time whatever changes."""
        patch = await read_object(request)
        order = self._order(request)
        touch = request.query_params.get("touch") == "true"
        return self.world.orders.patch(order, patch, touch=touch).text

    async def reject_cancellation(self, request: Request) -> bytes:
        """The seller rejects the cancellation that the buyer asks for; webhook 11."""
        return self.world.orders.reject_cancellation(self._order(request)).text

    def _order(self, request: Request) -> StoredOrder:
        self.world.orders.release_holds()
        order = self.world.orders.get(request.path_params["order_id"])
        if order is None:
            raise NotThere("no such order; GET /_sim/orders lists them")
        return order

    async def generate(self, request: Request) -> bytes:
        """Makes orders: `{"orders": […]}`, or with a rate `{"accepted": n}`."""
        wish = read_generation(await read_json(request), int(self.world.now()))
        shop = self._shop(wish.shop_id)
        if wish.rate_per_s is None:
            return _texts(await self.generator.at_once(wish, shop))
        self.generator.over_time(wish, shop, wish.rate_per_s)
        return to_json({"accepted": wish.count})

    async def get_webhooks(self, _: Request) -> bytes:
        """The settings and what became of the notifications."""
        return to_json(self.world.webhooks.shown())

    async def put_webhooks(self, request: Request) -> bytes:
        """`{url, drop, duplicate, reorder, delay_s}`; absent keys keep their value."""
        self.world.webhooks.configure(await read_object(request))
        return to_json(self.world.webhooks.shown())

    async def put_faults(self, request: Request) -> bytes:
        """Replaces all fault rules; see simulators.faults."""
        rules = await read_json(request)
        self.world.faults.load(rules)
        return to_json({"faults": rules})

    async def get_requests(self, _: Request) -> bytes:
        """The last 20,000 requests on the real paths."""
        return to_json({"requests": self.world.log.shown()})

    async def reset(self, _: Request) -> bytes:
        """Empties orders, requests and faults; keeps shops, tokens and webhook settings."""
        await self.generator.stop()
        self.world.reset()
        return b"{}"

    def _shop(self, shop_id: object) -> Shop:
        shop = self.world.shops.get(str(shop_id)) if shop_id else None
        if shop is None:
            raise NotThere("shop_id: no such shop; make it with PUT /_sim/shops/{shop_id}")
        return shop


def _privacy(given: str) -> Privacy:
    try:
        return Privacy(given)
    except ValueError:
        raise BadRequest(f"privacy: one of {', '.join(Privacy)}") from None


def _given_orders(parsed: object) -> list[Json]:
    """A list, `{"orders": […]}`, or a whole answer of orders/search or detail."""
    if isinstance(parsed, dict):
        inner = parsed.get("data") if "orders" not in parsed else parsed
        parsed = inner.get("orders") if isinstance(inner, dict) else None
    if not isinstance(parsed, list) or not all(isinstance(raw, dict) for raw in parsed):
        raise BadRequest('body: a list of order objects, or {"orders": [...]}')
    for at, raw in enumerate(parsed):
        if not record_id(raw):
            raise BadRequest(f"orders[{at}].id: a text or number that is not empty")
    return parsed


def _texts(orders: Iterable[StoredOrder]) -> bytes:
    return b'{"orders":[' + b",".join(order.text for order in orders) + b"]}"


def _whole(raw: Json, key: str) -> int | None:
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRequest(f"{key}: whole seconds, 1 or more")
    return value
