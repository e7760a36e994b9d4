"""Reading the store itself: shop, app, locations, products, and anything by its id."""

from typing import Any

from simulators.shopify.engine.errors import Refused
from simulators.shopify.engine.execution import Call, Resolver
from simulators.shopify.paging import page
from simulators.shopify.session import Session
from simulators.shopify.store.records import Record


def _id_of(session: Session) -> str:
    return f"gid://shopify/Shop/{session.store.number_of_store}"


def read_shop(session: Session, _: Call) -> Record:
    """shop."""
    store = session.store
    email = f"owner@{store.domain}"
    return {
        "id": _id_of(session),
        "name": store.domain.partition(".")[0].replace("-", " ").title(),
        "email": email,
        "contactEmail": email,
        "myshopifyDomain": store.domain,
        "url": f"https://{store.domain}",
        "primaryDomain": {
            "id": f"gid://shopify/Domain/{store.number_of_store}",
            "host": store.domain,
            "url": f"https://{store.domain}",
        },
        "currencyCode": "USD",
        "enabledPresentmentCurrencies": ["USD"],
        "taxesIncluded": False,
        "taxShipping": False,
        "ianaTimezone": "America/New_York",
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "plan": _plan(session),
    }


def _plan(session: Session) -> Record:
    plan = session.store.behaviour.plan
    return {
        "publicDisplayName": plan.shown_as,
        "partnerDevelopment": plan.name == "dev",
        "shopifyPlus": plan.name == "plus",
    }


def read_installation(session: Session, _: Call) -> Record:
    """currentAppInstallation: the calling app and what its token may do."""
    app_id = session.store.app_id
    return {
        "id": f"gid://shopify/AppInstallation/{app_id}",
        "accessScopes": [{"handle": scope} for scope in session.grant.scopes],
        "app": {
            "id": f"gid://shopify/App/{app_id}",
            "title": session.app_title,
            "handle": session.app_title.lower().replace(" ", "-"),
            "apiKey": session.client_id,
        },
    }


def list_locations(session: Session, call: Call) -> Record:
    """locations, by name."""
    found = sorted(session.store.locations.values(), key=lambda location: str(location["name"]))
    return page(found, call.arguments)


def read_location(session: Session, call: Call) -> Record | None:
    """location(id); without an id the store's first."""
    gid = call.arguments.get("id")
    first = next(iter(session.store.locations.values()), None)
    return session.thing(gid, "Location") if gid else first


def by_id(type_name: str) -> Resolver:
    """A root field that reads one thing by its id; null when there is none."""

    def resolve(session: Session, call: Call) -> Record | None:
        return session.thing(call.arguments["id"], type_name)

    return resolve


def read_variant(session: Session, call: Call) -> Record | None:
    """productVariant(id)."""
    return session.store.catalogue.variants.get(call.arguments["id"])


def read_product(session: Session, call: Call) -> Record | None:
    """product(id)."""
    return session.store.catalogue.products.get(call.arguments["id"])


def _node(session: Session, gid: str) -> Record | None:
    if not gid.startswith("gid://shopify/"):
        raise Refused(f"Invalid global id '{gid}'", "RESOURCE_NOT_FOUND")
    store = session.store
    found = store.catalogue.variants.get(gid) or store.catalogue.products.get(gid)
    return found or store.things.get(gid)


def read_node(session: Session, call: Call) -> Record | None:
    """node(id): anything that was stored."""
    return _node(session, call.arguments["id"])


def read_nodes(session: Session, call: Call) -> list[Any]:
    """nodes(ids): in the order asked for; null for what is not there."""
    return [_node(session, gid) for gid in call.arguments["ids"]]
