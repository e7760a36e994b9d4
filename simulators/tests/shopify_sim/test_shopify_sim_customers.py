"""Customers that come with orders."""

from typing import Any

from simulators.shopify.in_process import InProcessShopify, address

READ = """customer { id firstName lastName displayName numberOfOrders tags
    defaultEmailAddress { emailAddress } defaultAddress { city } }"""


def upsert(**given: Any) -> Any:
    return {"toUpsert": given}


async def test_an_email_alone_creates_a_customer(shopify: InProcessShopify) -> None:
    gid = await shopify.create(email="planted@example.com")
    customer = (await shopify.read(gid, READ))["customer"]
    assert customer["defaultEmailAddress"] == {"emailAddress": "planted@example.com"}


async def test_without_email_or_customer_there_is_none(shopify: InProcessShopify) -> None:
    gid = await shopify.create(shippingAddress=address())
    assert (await shopify.read(gid, READ))["customer"] is None


async def test_an_upsert_finds_by_email_and_changes_what_it_finds(
    shopify: InProcessShopify,
) -> None:
    given = {"email": "planted@example.com", "firstName": "Planted", "lastName": "Buyer"}
    first = await shopify.create(customer=upsert(**given, tags=["a"]))
    second = await shopify.create(
        customer=upsert(email="PLANTED@example.com", lastName="Other", tags=["b"])
    )
    before, after = [(await shopify.read(gid, READ))["customer"] for gid in (first, second)]
    assert before["id"] == after["id"]
    assert (after["firstName"], after["lastName"]) == ("Planted", "Other")
    assert (after["numberOfOrders"], after["tags"]) == ("2", ["a", "b"])


async def test_an_order_overwrites_the_default_address_shipping_first(
    shopify: InProcessShopify,
) -> None:
    customer = upsert(email="planted@example.com")
    first = address(city="First")
    await shopify.create(customer=customer, shippingAddress=first)
    gid = await shopify.create(
        customer=customer,
        shippingAddress=address(city="Second"),
        billingAddress=address(city="Billing"),
    )
    assert (await shopify.read(gid, READ))["customer"]["defaultAddress"] == {"city": "Second"}


async def test_a_phone_belongs_to_one_customer(shopify: InProcessShopify) -> None:
    await shopify.create(customer=upsert(email="one@example.com", phone="+14155550123"))
    payload = await shopify.try_create(
        customer=upsert(email="two@example.com", phone="+14155550123")
    )
    assert payload["userErrors"] == [
        {
            "code": "INVALID",
            "field": ["order", "customer", "toUpsert", "phone"],
            "message": "Phone has already been taken",
        }
    ]
    await shopify.create(customer=upsert(email="one@example.com", phone="+14155550123"))
    assert len(await shopify.orders()) == 2


async def test_a_phone_is_the_same_however_it_is_written(shopify: InProcessShopify) -> None:
    gid = await shopify.create(customer=upsert(email="a@x.us", phone="+1 (613) 450-5293"))
    read = "customer { defaultPhoneNumber { phoneNumber } }"
    customer = (await shopify.read(gid, read))["customer"]
    assert customer["defaultPhoneNumber"] == {"phoneNumber": "+16134505293"}
    payload = await shopify.try_create(customer=upsert(email="b@x.us", phone="613.450.5293"))
    assert payload["userErrors"][0]["message"] == "Phone has already been taken"


async def test_a_refused_order_leaves_no_customer_behind(shopify: InProcessShopify) -> None:
    await shopify.try_create(lineItems=[], email="planted@example.com")
    payload = await shopify.try_create(customer={"toAssociate": {"email": "planted@example.com"}})
    assert payload["userErrors"][0]["message"] == "Customer does not exist"


async def test_reading_a_customer_needs_its_scope_and_the_rest_of_the_order_stays(
    shopify: InProcessShopify,
) -> None:
    gid = await shopify.create(email="planted@example.com")
    await shopify.put(scopes=["read_orders"])
    query = "query Q($id: ID!) { order(id: $id) { name customer { id } } }"
    result = await shopify.graph(query, id=gid)
    assert result["data"]["order"] == {"name": "#1001", "customer": None}
    assert result["errors"][0]["path"] == ["order", "customer"]
