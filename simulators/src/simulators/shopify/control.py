"""The control interface under `/_sim/`. JSON in and out; a refusal is 400 or 404 with `error`.

PUT    /_sim/shops/{domain}   make or change a store (see `store.behaviour`); `taken_scopes`: what a
                              merchant took from the tokens that OAuth issued, [] gives back
GET    /_sim/orders?shop=     every order: input, order, fulfillments, events, customer, history
POST   /_sim/orders?shop=     place orders as another app did: [{order, options?, app_id?}]
DELETE /_sim/orders/{id}      a person deletes an order in the admin (number or gid)
POST   /_sim/orders/{id}/edit     a person edits its lines: {lines?, add?, restock?}
POST   /_sim/orders/{id}/hold     a person holds what is not fulfilled; /release lets go of it
POST   /_sim/graphql?shop=    a person acts in the admin: {query, variables}, no budget
GET    /_sim/stats?shop=      requests by root field, throttled, points used and available
GET    /_sim/requests         the last requests on the real paths
PUT    /_sim/faults           see `simulators.faults` and `shopify.refusal`
PUT    /_sim/webhooks         {compliance_uri}: where compliance topics go
POST   /_sim/webhook          {shop, topic, payload, uri?, webhook_id?, signed?}: send one now
POST   /_sim/codes            {shop}: an authorisation code, as an installation gives it
POST   /_sim/reset            empties orders, requests and faults
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulators.control import BadRequest, Handler, NotThere, read_json, read_object, routes
from simulators.fault_rules import BadFault
from simulators.shopify.engine.errors import RequestRefused
from simulators.shopify.merchant.edits import edit_order
from simulators.shopify.merchant.holds import hold_order, release_order
from simulators.shopify.oauth import TokenEndpoint
from simulators.shopify.orders.cancellation import remove_order
from simulators.shopify.planting import BadOrder, plant_orders
from simulators.shopify.session import Session
from simulators.shopify.shown_orders import shown_orders
from simulators.shopify.store.behaviour import BadStore
from simulators.shopify.store.catalogue import BadVariant
from simulators.shopify.store.store import Store, StoredOrder
from simulators.shopify.webhooks import Notice
from simulators.shopify.world import World

_VERSION = "2026-10"


_BAD = (BadFault, BadOrder, BadStore, BadVariant)


class Control:
    """The control side of one world."""

    def __init__(self, world: World, tokens: TokenEndpoint) -> None:
        self._world = world
        self._tokens = tokens

    def routes(self) -> list[Route]:
        """All of them, for Starlette."""
        handlers: tuple[tuple[str, str, Handler], ...] = (
            ("PUT", "/_sim/shops/{domain}", self.put_store),
            ("GET", "/_sim/orders", self.get_orders),
            ("POST", "/_sim/orders", self.post_orders),
            ("DELETE", "/_sim/orders/{id:path}", self.delete_order),
            ("POST", "/_sim/orders/{id:path}/edit", self.edit_order),
            ("POST", "/_sim/orders/{id:path}/hold", self.hold_order),
            ("POST", "/_sim/orders/{id:path}/release", self.release_order),
            ("POST", "/_sim/graphql", self.post_graphql),
            ("GET", "/_sim/stats", self.get_stats),
            ("GET", "/_sim/requests", self.get_requests),
            ("PUT", "/_sim/faults", self.put_faults),
            ("PUT", "/_sim/webhooks", self.put_webhooks),
            ("POST", "/_sim/webhook", self.post_webhook),
            ("POST", "/_sim/codes", self.post_code),
            ("POST", "/_sim/reset", self.reset),
        )
        return routes(handlers, _BAD)

    def _store(self, domain: object) -> Store:
        store = self._world.stores.get(str(domain))
        if store is None:
            raise NotThere(f"shop {domain}: unknown; make it with PUT /_sim/shops/{{domain}}")
        return store

    def _stores(self, request: Request) -> list[Store]:
        domain = request.query_params.get("shop")
        return [self._store(domain)] if domain else list(self._world.stores.values())

    async def put_store(self, request: Request) -> Response:
        """Makes or changes a store."""
        store = self._world.put_store(request.path_params["domain"].lower(), await _json(request))
        behaviour = store.behaviour
        return JSONResponse(
            {
                "domain": store.domain,
                "plan": behaviour.plan.name,
                "unique_metafield": behaviour.unique_metafield,
                "missing_variant": behaviour.missing_variant,
                "search_default": behaviour.search_default,
                "dead_webhooks": behaviour.dead_webhooks,
                "carrier_events": [
                    {"status": status, "after_s": after_s}
                    for status, after_s in behaviour.carrier_events
                ],
                "search_lag_s": behaviour.search_lag_s,
                "lookup_lag_s": behaviour.lookup_lag_s,
                "app_id": store.app_id,
                "variants": list(store.catalogue.variants),
            }
        )

    async def get_orders(self, request: Request) -> Response:
        """In the order of creation; sent in pieces, so that it never blocks the stores."""
        pieces: AsyncIterator[str] = shown_orders(self._stores(request))
        return StreamingResponse(pieces, media_type="application/json")

    async def post_orders(self, request: Request) -> Response:
        """Orders that another app created: no budget, no limit, no webhooks."""
        store = self._store(request.query_params.get("shop"))
        placed = plant_orders(self._admin(store), await _read(request))
        return JSONResponse(
            {"orders": [{"id": order.gid, "name": order.record["name"]} for order in placed]}
        )

    async def delete_order(self, request: Request) -> Response:
        """Deletes in whatever store has it; its webhook is sent."""
        store, stored = self._find_order(request.path_params["id"])
        remove_order(self._admin(store), stored)
        return JSONResponse({"deleted": stored.gid})

    async def edit_order(self, request: Request) -> Response:
        """See `merchant.edits`."""
        store, stored = self._find_order(request.path_params["id"])
        edit_order(self._admin(store), stored, await _json(request))
        return JSONResponse({"edited": stored.gid})

    async def hold_order(self, request: Request) -> Response:
        """Nothing more of the order can be fulfilled."""
        store, stored = self._find_order(request.path_params["id"])
        hold_order(self._admin(store), stored)
        return JSONResponse({"held": stored.gid})

    async def release_order(self, request: Request) -> Response:
        """What was held can be fulfilled again."""
        store, stored = self._find_order(request.path_params["id"])
        release_order(self._admin(store), stored)
        return JSONResponse({"released": stored.gid})

    async def post_graphql(self, request: Request) -> Response:
        """With the fixed token's scopes; points, limits and counters are the apps' alone."""
        session = self._admin(self._store(request.query_params.get("shop")))
        given = await _json(request)
        try:
            operation = self._world.documents.operation(str(given.get("query")))
            variables = operation.read_variables(given.get("variables") or {})
            data, errors = operation.plan(variables).execute(session, variables)
        except RequestRefused as refused:
            data, errors = None, refused.errors
        return JSONResponse({"data": data, **({"errors": errors} if errors else {})})

    def _admin(self, store: Store) -> Session:
        return self._world.session(store, store.grants.fixed, _VERSION)

    def _find_order(self, given: str) -> tuple[Store, StoredOrder]:
        gid = given if given.startswith("gid://") else f"gid://shopify/Order/{given}"
        for store in self._world.stores.values():
            if gid in store.orders:
                return store, store.orders[gid]
        raise NotThere(f"order {given}: in no store")

    async def get_stats(self, request: Request) -> Response:
        """Of one store; without `shop` the sums of all, without points."""
        now = self._world.now()
        if request.query_params.get("shop"):
            store = self._stores(request)[0]
            return JSONResponse(store.usage.shown(store.bucket, now))
        stores = self._stores(request)
        requests: Counter[str] = Counter()
        for store in stores:
            requests.update(store.usage.requests)
        throttled = sum(store.usage.throttled for store in stores)
        return JSONResponse({"requests": requests, "throttled": throttled, "points": []})

    async def get_requests(self, _: Request) -> Response:
        """Oldest first."""
        return JSONResponse({"requests": self._world.log.shown()})

    async def put_faults(self, request: Request) -> Response:
        """Replaces all rules."""
        rules = await _read(request)
        self._world.faults.load(rules)
        return JSONResponse({"faults": rules})

    async def put_webhooks(self, request: Request) -> Response:
        """Where compliance topics go; null ends that."""
        uri = (await _json(request)).get("compliance_uri")
        self._world.webhooks.compliance_uri = None if uri is None else str(uri)
        return JSONResponse({"compliance_uri": self._world.webhooks.compliance_uri})

    async def post_webhook(self, request: Request) -> Response:
        """Sends once and says what was answered; `signed: false` gives a wrong signature."""
        given = await _json(request)
        store = self._store(given.get("shop"))
        topic, uri = given.get("topic"), given.get("uri")
        if not isinstance(topic, str) or not topic:
            raise BadRequest("topic: missing; give one such as orders/delete")
        sender = self._world.webhooks
        payload = given.get("payload") or {}
        deliveries = []
        for sent in sender.notices(store, topic, payload, None if uri is None else str(uri)):
            notice_id = str(given.get("webhook_id") or sent.id)
            signed = given.get("signed") is not False
            notice = Notice(sent.uri, sent.topic, sent.domain, sent.body, notice_id, signed)
            deliveries.append({"uri": sent.uri, "status": await sender.post(notice)})
        if topic.lower() in ("app/uninstalled", "app_uninstalled"):
            store.grants.revoke_issued()
        return JSONResponse({"deliveries": deliveries})

    async def post_code(self, request: Request) -> Response:
        """For the authorisation-code grant."""
        store = self._store((await _json(request)).get("shop"))
        state = self._world.randomness.new_id()
        return JSONResponse({"code": self._tokens.make_code(store.domain), "state": state})

    async def reset(self, _: Request) -> Response:
        """Keeps stores, tokens, definitions and webhook settings."""
        self._world.reset()
        return JSONResponse({"reset": True})


async def _read(request: Request) -> object:
    return await read_json(request, absent=b"{}")


async def _json(request: Request) -> Mapping[str, Any]:
    return await read_object(request, absent=b"{}")
