"""One store: everything that a request to `{domain}` can read or change."""

from dataclasses import dataclass, field
from typing import Any

from simulators.shopify.search.order_index import OrderIndex
from simulators.shopify.store.budget import Bucket, CreateLimit, Usage
from simulators.shopify.store.catalogue import Catalogue
from simulators.shopify.store.grants import Grants
from simulators.shopify.store.metafields import CustomIds, Definitions
from simulators.shopify.store.plans import PLANS, Plan
from simulators.shopify.store.records import Ids, Record


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a store decides what is not known of the real one; set by `PUT /_sim/shops`.

    `unique_metafield`: an order with a taken id value is refused, or created without the metafield.
    `missing_variant`: an order for a variant that is gone is refused, or its line is unlinked.
    `search_default`: what a search without a status finds; `open` leaves out closed and cancelled.
    `dead_webhooks`: a subscription whose webhook nobody took in the end is deleted, as Shopify does
    after four hours, or kept, because here the tries take seconds.
    Lags in seconds: how late a change shows in searches and in lookups by custom id.
    `carrier_events`: what known carriers report by themselves, each so many seconds after shipping.
    """

    plan: Plan = PLANS["basic"]
    unique_metafield: str = "refuse"
    missing_variant: str = "refuse"
    search_default: str = "open"
    dead_webhooks: str = "keep"
    search_lag_s: float = 0.0
    lookup_lag_s: float = 0.0
    carrier_events: tuple[tuple[str, float], ...] = ()


@dataclass(slots=True)
class StoredOrder:
    """An order and what `GET /_sim/orders` shows beside it. `input` is as it was received."""

    record: Record
    input: Record
    history: list[Record] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    contact_changed_at: float | None = None

    @property
    def gid(self) -> str:
        """The order's global id."""
        return str(self.record["id"])

    def note(self, at: float, operation: str, given: Any) -> None:  # noqa: ANN401  (any JSON)
        """Adds to the history of changes."""
        self.history.append({"at": at, "operation": operation, "input": given})


@dataclass(slots=True)
class Store:
    """A store's whole state. What `reset` empties comes last.

    `touched`: gids of orders that were made, changed or deleted since an observer was last told.
    """

    domain: str
    app_id: str
    ids: Ids
    grants: Grants
    bucket: Bucket
    behaviour: Behaviour = field(default_factory=Behaviour)
    catalogue: Catalogue = field(default_factory=Catalogue)
    definitions: Definitions = field(default_factory=Definitions)
    subscriptions: dict[str, Record] = field(default_factory=dict)
    attributions: dict[str, Record] = field(default_factory=dict)
    locations: dict[str | None, Record] = field(default_factory=dict)
    number_of_store: int = 1
    number: int = 1000
    orders: dict[str, StoredOrder] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    customers: dict[str, Record] = field(default_factory=dict)
    contacts: dict[tuple[str, str], str] = field(default_factory=dict)
    custom_ids: CustomIds = field(default_factory=CustomIds)
    index: OrderIndex = field(default_factory=OrderIndex)
    refunds_by_key: dict[str, tuple[Record, Record]] = field(default_factory=dict)
    jobs: set[str] = field(default_factory=set)
    reports: list[tuple[float, str, str]] = field(default_factory=list)
    things: dict[str, Record] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    touched: dict[str, None] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    creates: CreateLimit = field(default_factory=CreateLimit)
