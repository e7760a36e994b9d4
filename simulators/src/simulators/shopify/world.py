"""All stores of one simulator, its app, its clock, its faults and its log."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial

import httpx

from simulators.fault_rules import Faults
from simulators.randomness import SYSTEM, Randomness
from simulators.request_log import RequestLog
from simulators.shopify.engine.documents import Documents
from simulators.shopify.engine.schema import load_schema
from simulators.shopify.fulfilment.fulfillment_orders import location_of
from simulators.shopify.merchant.carriers import report_progress
from simulators.shopify.refusal import EFFECTS
from simulators.shopify.resolvers import all_resolvers
from simulators.shopify.session import Session, UserErrors
from simulators.shopify.settings import Settings
from simulators.shopify.store.behaviour import BadStore, changed_behaviour
from simulators.shopify.store.budget import Bucket, CreateLimit, Usage
from simulators.shopify.store.catalogue import Catalogue, read_variant
from simulators.shopify.store.grants import Grant, Grants
from simulators.shopify.store.metafields import CustomIds
from simulators.shopify.store.records import Ids, Record, stamp
from simulators.shopify.store.store import Behaviour, Store
from simulators.shopify.webhooks import WebhookSender, order_payload

_FIRST_NUMBER = 1000


@cache
def ready_documents() -> Documents:
    """Documents hold nothing of any world, so all worlds of a process share them."""
    return Documents(load_schema(), all_resolvers())


class World:
    """`now` gives unix seconds; `webhook_transport` replaces the network for webhooks."""

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], float] = time.time,
        webhook_transport: httpx.AsyncBaseTransport | None = None,
        randomness: Randomness = SYSTEM,
    ) -> None:
        self.settings = settings
        self.now = now
        self.randomness = randomness
        self.stores: dict[str, Store] = {}
        self.faults = Faults(EFFECTS, randomness.seed)
        self.log = RequestLog(now)
        self.webhooks = WebhookSender(settings, self._stamp, webhook_transport, randomness.new_id)
        self.documents = ready_documents()
        self._ids = Ids()

    def _stamp(self) -> str:
        return stamp(self.moment())

    def moment(self) -> datetime:
        """Now."""
        return datetime.fromtimestamp(self.now(), UTC)

    def session(
        self, store: Store, grant: Grant, version: str, refused_with: UserErrors = ()
    ) -> Session:
        """What a request with this token may see and change."""
        session = Session(
            store=store,
            grant=grant,
            version=version,
            now=self.moment(),
            app_title=self.settings.app_title,
            client_id=self.settings.client_id,
            outbox=partial(self._send, store),
            refused_with=refused_with,
        )
        report_progress(session)
        return session

    def _send(self, store: Store, topic: str, order: Record) -> None:
        self.webhooks.send(store, topic, order_payload(topic, order))

    def put_store(self, domain: str, raw: Mapping[str, object]) -> Store:
        """Makes a store, or changes what `raw` names of it. Raises BadStore, changing nothing."""
        store = self.stores.get(domain)
        known = store.behaviour if store else Behaviour()
        behaviour = changed_behaviour(known, raw)
        variants = self._variants(raw)
        store = store or self._new_store(domain)
        if behaviour.plan != store.behaviour.plan:
            store.bucket = Bucket(behaviour.plan, self.now())
        store.behaviour = behaviour
        store.index.lag_s = behaviour.search_lag_s
        store.app_id = str(raw.get("app_id") or store.app_id)
        if variants is not None:
            store.catalogue = variants
        _put_token(store, raw)
        self.stores[domain] = store
        return store

    def _variants(self, raw: Mapping[str, object]) -> Catalogue | None:
        given = raw.get("variants")
        if given is None:
            return None
        if not isinstance(given, list):
            raise BadStore("variants: a list of {id, sku, title, price, barcode}")
        made = self._stamp()
        return Catalogue(read_variant(raw, at, made) for at, raw in enumerate(given))

    def _new_store(self, domain: str) -> Store:
        store = Store(
            domain=domain,
            app_id=self.settings.app_id,
            ids=self._ids,
            grants=Grants(Grant(self.settings.token), self.randomness.new_secret),
            bucket=Bucket(Behaviour().plan, self.now()),
            number_of_store=len(self.stores) + 1,
        )
        location_of(store, None)
        return store

    def reset(self) -> None:
        """Empties orders, requests and faults; keeps stores, tokens and webhook settings."""
        self.log.clear()
        self.faults.load([])
        self.webhooks.outbox.forget_pending()
        for store in self.stores.values():
            self._empty(store)

    def _empty(self, store: Store) -> None:
        store.number = _FIRST_NUMBER
        store.touched.update(dict.fromkeys(store.orders))
        for kept in (store.orders, store.customers, store.contacts, store.refunds_by_key):
            kept.clear()
        store.owners.clear()
        store.jobs.clear()
        store.reports.clear()
        store.deleted.clear()
        things = (*store.locations.values(), *store.definitions.all.values())
        store.things = {thing["id"]: thing for thing in things}
        store.custom_ids = CustomIds()
        store.index.clear()
        store.usage = Usage()
        store.creates = CreateLimit()
        store.bucket = Bucket(store.behaviour.plan, self.now())
        store.catalogue.restock()


def _put_token(store: Store, raw: Mapping[str, object]) -> None:
    fixed = store.grants.fixed
    scopes, taken = raw.get("scopes"), raw.get("taken_scopes")
    if isinstance(taken, list):
        store.grants.taken = tuple(map(str, taken))
    offline = raw.get("offline")
    store.grants.fixed = replace(
        fixed,
        token=str(raw.get("token") or fixed.token),
        scopes=tuple(scopes) if isinstance(scopes, list) else fixed.scopes,
        offline=offline if isinstance(offline, bool) else fixed.offline,
    )
