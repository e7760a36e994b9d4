"""One authorised request to one store, as the resolvers see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from simulators.shopify.engine.errors import Refused
from simulators.shopify.store.grants import Grant
from simulators.shopify.store.metafields import Place, full_namespace
from simulators.shopify.store.records import Record, stamp
from simulators.shopify.store.store import Store, StoredOrder

UserErrors = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Session:
    """`now` is the request's one moment; `version` the API version that serves it.

    `outbox(topic, record)` sends a webhook about a stored thing, after the request.
    `search` collects what `extensions.search` reports. `refused_with`: a fault refuses the content
    of every mutation of this request with these errors.
    """

    store: Store
    grant: Grant
    version: str
    now: datetime
    app_title: str
    client_id: str
    outbox: Callable[[str, Record], None]
    search: list[Record] = field(default_factory=list)
    refused_with: UserErrors = ()

    @property
    def at(self) -> float:
        """The moment in unix seconds."""
        return self.now.timestamp()

    @property
    def stamp(self) -> str:
        """The moment as the Admin API writes it."""
        return stamp(self.now)

    def place(self, namespace: str | None, key: str) -> Place:
        """Where a metafield stands, `$app` written out for the calling app."""
        return Place(full_namespace(namespace, self.store.app_id), key)

    def order(self, gid: str) -> StoredOrder | None:
        """An order that exists."""
        return self.store.orders.get(gid)

    def thing(self, gid: str, type_name: str) -> Record | None:
        """A stored thing of that type; an id of another type, or number 0, is refused."""
        number = gid.removeprefix(f"gid://shopify/{type_name}/")
        if number in (gid, "0"):
            raise Refused("invalid id", "RESOURCE_NOT_FOUND")
        return self.store.things.get(gid)

    def changed(self, order: StoredOrder) -> None:
        """Notes that an order was changed now, for readers and for the search index."""
        order.record["updatedAt"] = self.stamp
        self.noted(order)

    def noted(self, order: StoredOrder) -> None:
        """Notes an order as it is for the search index and for an observer."""
        self.store.index.note(order.record, self.at)
        self.store.touched[order.gid] = None
