import pytest

from shopify.refusals import RefusalKind, UserError, read_user_error

ROWS = [
    ("Too many attempts. Please try again later.", None, [], "TOO_MANY_ATTEMPTS"),
    ("Phone has already been taken", "INVALID", ["order", "customer"], "PHONE_TAKEN"),
    ("Customer phone has already been taken", None, ["order", "phone"], "PHONE_TAKEN"),
    ("Phone is invalid", "INVALID", ["order", "shippingAddress", "phone"], "PHONE_INVALID"),
    ("Something about it", "INVALID", ["order", "shippingAddress", "phone"], "PHONE_INVALID"),
    ("Email has already been taken", "INVALID", ["order", "customer"], "EMAIL_TAKEN"),
    ("Email is invalid", None, ["order", "email"], "EMAIL_INVALID"),
    ("Email contains an invalid domain name", None, ["email"], "EMAIL_INVALID"),
    ("Something about it", None, ["order", "email"], "EMAIL_INVALID"),
    ("Enter a last name", None, ["shippingAddress"], "ADDRESS_INVALID"),
    ("Enter a ZIP code", None, ["shippingAddress"], "ADDRESS_INVALID"),
    ("State is not a valid state in United States", None, None, "ADDRESS_INVALID"),
    ("Something about it", "INVALID", ["order", "shippingAddress", "zip"], "ADDRESS_INVALID"),
    ("Line items must have at least one line item", "INVALID", ["order"], "LINES_EMPTY"),
    ("Line items Title can't be blank", "INVALID", ["order", "lineItems"], "VARIANT_MISSING"),
    ("Line items Name can't be blank", "INVALID", ["order", "lineItems"], "VARIANT_MISSING"),
    ("Order Line items is invalid", "INVALID", ["order"], "VARIANT_MISSING"),
    (
        "Tax lines must be associated with either order or line item but not both",
        "INVALID",
        ["order"],
        "TAX_LINES_TWICE",
    ),
    ("", "TAX_LINE_RATE_MISSING", ["order"], "TAX_RATE_MISSING"),
    ("Line items currency must be provided when …", None, ["order"], "CURRENCY_MISMATCH"),
    ("", "PROCESSED_AT_INVALID", ["order", "processedAt"], "PROCESSED_AT_INVALID"),
    ("", "REDUNDANT_CUSTOMER_FIELDS", ["order"], "CUSTOMER_TWICE"),
    ("", "INVENTORY_CLAIM_FAILED", ["order"], "INVENTORY_CLAIM_FAILED"),
    (
        "Line items Unable to reserve inventory",
        "INVALID",
        ["order", "lineItems"],
        "INVENTORY_CLAIM_FAILED",
    ),
    ("Is odd", "INVALID", ["order", "lineItems", "0", "variantId"], "VARIANT_MISSING"),
    ("", "SHOP_DORMANT", None, "SHOP_DORMANT"),
    ("Value has already been taken", "INVALID", ["order", "metafields", "0"], "ID_TAKEN"),
    ("", "TAKEN", ["metafields", "0", "value"], "ID_TAKEN"),
    ("", "CAPABILITY_VIOLATION", ["metafields", "0"], "ID_TAKEN"),
    ("Key is in use for Order metafields", "TAKEN", ["definition", "key"], "DEFINITION_EXISTS"),
    (
        "Fulfillment order 7 has an unfulfillable status= closed.",
        None,
        ["fulfillment"],
        "FULFILLMENT_ORDER_CLOSED",
    ),
    (
        "Invalid fulfillment order line item quantity requested.",
        None,
        ["fulfillment"],
        "QUANTITY_INVALID",
    ),
    ("Quantity must be greater than 0", None, ["fulfillment", "0"], "QUANTITY_INVALID"),
    (
        "All fulfillment orders must belong to the same order. Multiple orders with ids [1, 2]",
        None,
        ["fulfillment"],
        "FULFILLMENT_ORDERS_MIXED",
    ),
    (
        "All fulfillment orders must be assigned to a single location. Multiple locations",
        None,
        ["fulfillment"],
        "FULFILLMENT_ORDERS_MIXED",
    ),
    ("Fulfillment order does not exist.", None, ["fulfillment"], "NOT_FOUND"),
    ("Fulfillment not found.", None, ["id"], "NOT_FOUND"),
    ("", "NOT_FOUND", ["orderId"], "NOT_FOUND"),
    (
        "Cannot cancel an order that has already been canceled",
        "INVALID",
        ["orderId"],
        "ALREADY_CANCELLED",
    ),
    (
        "Cannot cancel an order that has outstanding fulfillments",
        "INVALID",
        ["orderId"],
        "OUTSTANDING_FULFILLMENTS",
    ),
    ("", "NO_REFUND_PERMISSION", ["orderId"], "REFUND_NOT_ALLOWED"),
    ("Staff note is too long. Maximum length is 255 characters.", "INVALID", [], "TEXT_TOO_LONG"),
    ("No valid update parameters have been provided", None, [], "NOTHING_TO_CHANGE"),
    ("A sentence of next year", "INVALID", ["order", "lineItems", "0"], "OTHER"),
]


@pytest.mark.parametrize(("message", "code", "path", "kind"), ROWS)
def test_a_recorded_refusal_has_its_kind(
    message: str, code: str | None, path: list[str] | None, kind: str
) -> None:
    refusal = read_user_error({"code": code, "field": path, "message": message})
    assert refusal.kind is RefusalKind[kind]


ADDRESS, PHONE = ("shippingAddress",), ("shippingAddress", "phone")
PARTS = [
    (["order", "shippingAddress", "zip"], "odd", (("shippingAddress", "zip"), ADDRESS)),
    (["shippingAddress", "province"], "odd", (("shippingAddress", "provinceCode"), ADDRESS)),
    (["input", "shippingAddress", "phone"], "odd", (PHONE, ADDRESS)),
    (["order", "billingAddress"], "odd", (ADDRESS,)),
    (["order", "shippingAddress"], "enter a last name", (("shippingAddress", "lastName"), ADDRESS)),
    (
        ["order", "customer", "toUpsert", "addresses", "0", "zip"],
        "odd",
        (
            ("customer", "toUpsert", "addresses", "zip"),
            ("customer", "toUpsert", "addresses"),
            ("customer", "toUpsert"),
            ("customer",),
        ),
    ),
    (["order", "customer"], "phone has already been taken", (("customer",), PHONE)),
    (["order", "customerId"], "odd", (("customer",),)),
    (["order", "phone"], "odd", (PHONE, ADDRESS)),
    (["order", "email"], "odd", (("customer",),)),
    (["order", "note"], "odd", (("note",),)),
    (["note"], "note is too long (maximum is 5000 characters)", (("note",),)),
    (["order"], "phone has already been taken", (PHONE, ADDRESS)),
    ([], "staff note is too long.", ()),
    (["order"], "order line items is invalid", ()),
    (["order", "lineItems"], "phone, email and zip are odd", ()),
    (["order", "metafields", "0", "value"], "email has already been taken", ()),
]


@pytest.mark.parametrize(("path", "message", "parts"), PARTS)
def test_the_path_says_first_which_part_of_a_buyers_data_it_is_about(
    path: list[str], message: str, parts: tuple[tuple[str, ...], ...]
) -> None:
    assert read_user_error({"field": path, "message": message.title()}).parts == parts


def test_every_kind_is_reached_by_a_recorded_refusal() -> None:
    assert {RefusalKind[row[3]] for row in ROWS} == set(RefusalKind)


@pytest.mark.parametrize(
    "entry",
    [{}, {"field": "order"}, {"code": 7, "field": None, "message": None}, {"message": ["x"]}],
)
def test_an_entry_of_any_shape_is_read(entry: dict[str, object]) -> None:
    assert read_user_error(entry) == UserError(None, (), RefusalKind.OTHER)


def test_what_does_not_look_like_a_name_is_not_kept() -> None:
    entry = {"code": "Kim Planted's", "field": ["order", "Kim Planted", 0], "message": "Kim"}
    assert read_user_error(entry) == UserError(None, ("order", "?", "0"), RefusalKind.OTHER)
