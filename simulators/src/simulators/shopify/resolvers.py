"""Every root field and every computed field, each with the function that answers it.

A name that is not here is read from the stored thing under that name. To find what a call does,
look its name up here.
"""

from collections.abc import Mapping
from typing import Any

from simulators.shopify import app_mutations, shop_queries
from simulators.shopify.access import READ_FULFILLMENT_ORDERS, denied, guarded
from simulators.shopify.engine.execution import Call, Resolver, Resolvers
from simulators.shopify.engine.schema import load_schema
from simulators.shopify.fulfilment import delivery_events, fulfillments
from simulators.shopify.orders import cancellation, changes, creation, refunds
from simulators.shopify.paging import OF_A_CONNECTION, page, some_of, stored
from simulators.shopify.refusal import refusable
from simulators.shopify.search import orders as order_search
from simulators.shopify.search import variants as variant_search
from simulators.shopify.session import Session
from simulators.shopify.store import definitions, owned_metafields
from simulators.shopify.store.records import Record, type_of

_Arguments = Mapping[str, Any]


def _definitions(session: Session, call: Call) -> Record:
    return page(definitions.list_definitions(session, call), call.arguments)


QUERIES: Mapping[str, Resolver] = {
    "currentAppInstallation": shop_queries.read_installation,
    "customer": shop_queries.by_id("Customer"),
    "fulfillment": shop_queries.by_id("Fulfillment"),
    "fulfillmentOrder": shop_queries.by_id("FulfillmentOrder"),
    "job": cancellation.read_job,
    "location": shop_queries.read_location,
    "locations": shop_queries.list_locations,
    "metafieldDefinition": definitions.find_definition,
    "metafieldDefinitions": _definitions,
    "node": shop_queries.read_node,
    "nodes": shop_queries.read_nodes,
    "order": shop_queries.by_id("Order"),
    "orderByIdentifier": order_search.find_by_identifier,
    "orders": order_search.list_orders,
    "ordersCount": order_search.count_orders,
    "product": shop_queries.read_product,
    "productVariant": shop_queries.read_variant,
    "productVariants": variant_search.list_variants,
    "shop": shop_queries.read_shop,
    "webhookSubscriptions": app_mutations.list_subscriptions,
}

MUTATIONS: Mapping[str, Resolver] = {
    "fulfillmentCancel": fulfillments.cancel_fulfillment,
    "fulfillmentCreate": fulfillments.create_fulfillment,
    "fulfillmentEventCreate": delivery_events.create_event,
    "fulfillmentTrackingInfoUpdate": fulfillments.update_tracking,
    "metafieldDefinitionCreate": definitions.create_definition,
    "metafieldsSet": owned_metafields.set_metafields,
    "orderAttributionDefinitionUpsert": app_mutations.upsert_attribution,
    "orderCancel": cancellation.cancel_order,
    "orderClose": changes.close_order,
    "orderCreate": creation.create_order,
    "orderDelete": cancellation.delete_order,
    "orderMarkAsPaid": refunds.mark_as_paid,
    "orderOpen": changes.open_order,
    "orderUpdate": changes.update_order,
    "refundCreate": refunds.create_refund,
    "tagsAdd": changes.add_tags,
    "tagsRemove": changes.remove_tags,
    "webhookSubscriptionCreate": app_mutations.create_subscription,
    "webhookSubscriptionDelete": app_mutations.delete_subscription,
}


def _customer(session: Session, source: Record, _: _Arguments) -> Record | None:
    customer: Record | None = source["customer"]
    if customer is not None and not session.grant.allows("read_customers"):
        raise denied("customer", ("read_customers",))
    return customer


def _fulfillment_orders(session: Session, source: Record, arguments: _Arguments) -> Record:
    readable = any(session.grant.allows(scope) for scope in READ_FULFILLMENT_ORDERS)
    return page(source["fulfillmentOrders"]["nodes"] if readable else [], arguments)


def _metafield(session: Session, source: Record, arguments: _Arguments) -> Record | None:
    place = session.place(arguments.get("namespace"), arguments["key"])
    fields = source["metafields"]["nodes"]
    return next((field for field in fields if (field["namespace"], field["key"]) == place), None)


def _metafields(session: Session, source: Record, arguments: _Arguments) -> Record:
    fields = source["metafields"]["nodes"]
    if arguments.get("namespace"):
        namespace = session.place(arguments["namespace"], "").namespace
        fields = [field for field in fields if field["namespace"] == namespace]
    if arguments.get("keys") is not None:
        fields = [metafield for metafield in fields if metafield["key"] in arguments["keys"]]
    return page(fields, arguments)


def _shipping_line(_: Session, source: Record, __: _Arguments) -> Record | None:
    return next(iter(source["shippingLines"]["nodes"]), None)


def _discount_code(_: Session, source: Record, __: _Arguments) -> str | None:
    return next(iter(source["discountCodes"]), None)


def _order_of(session: Session, source: Record, _: _Arguments) -> Record:
    return session.store.orders[session.store.owners[source["id"]]].record


OBJECTS: Mapping[str, Mapping[str, Resolver]] = {
    "Customer": {"addressesV2": stored("addressesV2")},
    "Fulfillment": {
        "events": stored("events"),
        "fulfillmentLineItems": stored("fulfillmentLineItems"),
        "order": _order_of,
        "trackingInfo": some_of("trackingInfo"),
    },
    "FulfillmentOrder": {"lineItems": stored("lineItems")},
    "LineItem": {"taxLines": some_of("taxLines")},
    "Order": {
        "customer": _customer,
        "discountCode": _discount_code,
        "fulfillmentOrders": _fulfillment_orders,
        "fulfillments": some_of("fulfillments", newest_first=True),
        "lineItems": stored("lineItems"),
        "metafield": _metafield,
        "metafields": _metafields,
        "refunds": some_of("refunds"),
        "shippingLine": _shipping_line,
        "shippingLines": stored("shippingLines"),
        "transactions": some_of("transactions"),
    },
    "Refund": {"refundLineItems": stored("refundLineItems")},
}


def all_resolvers() -> Resolvers:
    """All of them, the root fields behind their access checks."""
    connections = [name for name in load_schema().type_map if name.endswith("Connection")]
    return Resolvers(
        queries={name: guarded(name, resolve) for name, resolve in QUERIES.items()},
        mutations={
            name: guarded(name, refusable(name, resolve)) for name, resolve in MUTATIONS.items()
        },
        objects={**OBJECTS, **dict.fromkeys(connections, OF_A_CONNECTION)},
        type_of=type_of,
    )
