"""Which scope a root field needs, and the answer without it (Admin GraphQL 2026-10: access scopes).

The scopes are one-of. orderCreate also needs an offline token.
"""

from collections.abc import Mapping

from simulators.shopify.engine.errors import Refused
from simulators.shopify.engine.execution import Call, Resolver
from simulators.shopify.session import Session

_READ_ORDERS = ("read_orders", "read_marketplace_orders")
_WRITE_ORDERS = ("write_orders",)
_FULFIL = (
    "write_assigned_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
    "write_third_party_fulfillment_orders",
)
READ_FULFILLMENT_ORDERS = (
    "read_assigned_fulfillment_orders",
    "read_merchant_managed_fulfillment_orders",
    "read_third_party_fulfillment_orders",
)

NEEDED: Mapping[str, tuple[str, ...]] = {
    "customer": ("read_customers",),
    "fulfillment": (*_READ_ORDERS, *READ_FULFILLMENT_ORDERS),
    "fulfillmentOrder": READ_FULFILLMENT_ORDERS,
    "location": ("read_locations", "read_inventory"),
    "locations": ("read_locations", "read_inventory"),
    "order": _READ_ORDERS,
    "orderByIdentifier": _READ_ORDERS,
    "orders": _READ_ORDERS,
    "ordersCount": _READ_ORDERS,
    "product": ("read_products",),
    "productVariant": ("read_products",),
    "productVariants": ("read_products",),
    "fulfillmentCancel": _FULFIL,
    "fulfillmentCreate": _FULFIL,
    "fulfillmentEventCreate": ("write_fulfillments",),
    "fulfillmentTrackingInfoUpdate": _FULFIL,
    "metafieldDefinitionCreate": _WRITE_ORDERS,
    "metafieldsSet": _WRITE_ORDERS,
    "orderCancel": _WRITE_ORDERS,
    "orderClose": _WRITE_ORDERS,
    "orderCreate": _WRITE_ORDERS,
    "orderDelete": _WRITE_ORDERS,
    "orderMarkAsPaid": _WRITE_ORDERS,
    "orderOpen": _WRITE_ORDERS,
    "orderUpdate": _WRITE_ORDERS,
    "refundCreate": _WRITE_ORDERS,
    "tagsAdd": _WRITE_ORDERS,
    "tagsRemove": _WRITE_ORDERS,
}
_OFFLINE_ONLY = {
    "orderCreate": "This mutation is only accessible to apps authenticated using offline tokens."
}


def guarded(name: str, resolve: Resolver) -> Resolver:
    """The resolver of a root field, behind its access check."""
    needed, offline = NEEDED.get(name), name in _OFFLINE_ONLY
    if needed is None:
        return resolve

    def checked(session: Session, call: Call) -> object:
        grant = session.grant
        allowed = any(grant.allows(scope) for scope in needed)
        if not allowed or (offline and not grant.offline):
            raise denied(name, needed)
        return resolve(session, call)

    return checked


def denied(name: str, needed: tuple[str, ...]) -> Refused:
    """The error of a field that the token may not use."""
    required = " or ".join(f"{scope} access scope" for scope in needed) + "."
    also = _OFFLINE_ONLY.get(name)
    required = f"{required} Also: {also}" if also else required
    return Refused(
        f"Access denied for {name} field. Required access: {required}",
        "ACCESS_DENIED",
        documentation="https://shopify.dev/api/usage/access-scopes",
        requiredAccess=required,
    )
