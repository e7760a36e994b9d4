"""Products (Partner Center: Search Products 202502, Get Product 202309)."""

from tiktok.wire.values import Money, Seconds, WireObject, WireRecord


class SkuPrice(WireObject):
    """What a SKU costs, before tax."""

    currency: str = ""
    sale_price: Money | None = None
    tax_exclusive_price: Money | None = None


class IdentifierCode(WireObject):
    """A GTIN, UPC, EAN or ISBN."""

    code: str = ""
    type: str = ""


class SalesAttribute(WireObject):
    """One option of a SKU: Colour = Black."""

    name: str = ""
    value_name: str = ""


class Sku(WireObject):
    """What is sold. The detail knows more than the search: options, barcode, external id."""

    id: str = ""
    seller_sku: str = ""
    external_sku_id: str = ""
    price: SkuPrice = SkuPrice()
    identifier_code: IdentifierCode = IdentifierCode()
    sales_attributes: tuple[SalesAttribute, ...] = ()


class Product(WireRecord):
    """A product with its SKUs."""

    id: str = ""
    title: str = ""
    status: str = ""
    external_product_id: str = ""
    create_time: Seconds | None = None
    update_time: Seconds | None = None
    skus: tuple[Sku, ...] = ()
