"""The store itself: what it is, what our app may do there, and its id metafield definition."""

from collections.abc import Mapping
from typing import Any

from shopify.wire import WireModel, at


class Store(WireModel):
    """The store. ``currency_code`` is the one its orders are kept in."""

    id: str
    name: str
    myshopify_domain: str
    currency_code: str
    iana_timezone: str | None = None


class Scope(WireModel):
    """One granted access scope."""

    handle: str


class App(WireModel):
    """Our app as the store knows it."""

    id: str
    title: str | None = None


class Installation(WireModel):
    """Our app's installation in the store."""

    id: str
    access_scopes: tuple[Scope, ...] = ()
    app: App


class ShopInfo(WireModel):
    """Answer of ``shop_info``."""

    shop: Store
    current_app_installation: Installation

    @property
    def scopes(self) -> frozenset[str]:
        """Return the handles of the granted access scopes."""
        return frozenset(scope.handle for scope in self.current_app_installation.access_scopes)


class MetafieldType(WireModel):
    """A metafield's type, for our definition ``id``."""

    name: str


class Capability(WireModel):
    """Whether a capability is switched on."""

    enabled: bool


class Capabilities(WireModel):
    """Unique values: what makes the direct lookup possible."""

    unique_values: Capability


class Definition(WireModel):
    """A metafield definition."""

    id: str
    namespace: str
    key: str
    type: MetafieldType
    capabilities: Capabilities

    @property
    def finds_orders(self) -> bool:
        """Say whether orders can be looked up by it: type ``id`` with unique values."""
        return self.type.name == "id" and self.capabilities.unique_values.enabled


def read_shop_info(data: Mapping[str, Any]) -> ShopInfo:
    """Read ``shop_info``."""
    return ShopInfo.read(data)


def read_definition(data: Mapping[str, Any]) -> Definition | None:
    """Read ``order_custom_id_definition_find``; None: not defined yet."""
    return Definition.read_or_none(at(data, "metafieldDefinition"))


def read_created_definition(data: Mapping[str, Any]) -> Definition:
    """Read ``order_custom_id_definition_create``."""
    return Definition.read(at(data, "metafieldDefinitionCreate", "createdDefinition"))
