import json
from datetime import UTC, datetime

import httpx
import pytest
from libs.tiktok.tests.recorded_tiktok import APP, NOW, SHOP, Recorded, client_on, golden

from tiktok.errors import NoAnswer
from tiktok.searches import Window

SINCE = datetime(2025, 10, 9, 6, 6, 30, tzinfo=UTC)
WINDOW = Window(SINCE, NOW)


async def test_orders_are_searched_by_their_update_time() -> None:
    handler = Recorded(**golden("orders_search"))
    page = await client_on(handler).orders_search(SHOP, updated=WINDOW, page_token="a+/=")
    assert handler.last.url.path == "/order/202309/orders/search"
    assert (
        dict(handler.last.url.params).items()
        >= {
            "page_size": "100",
            "sort_field": "update_time",
            "sort_order": "ASC",
            "page_token": "a+/=",
            "app_key": "6abc123def",
            "timestamp": "1760000000",
        }.items()
    )
    assert json.loads(handler.last.content) == {
        "update_time_ge": 1759989990,
        "update_time_lt": 1760000000,
    }
    assert handler.last.headers["x-tts-access-token"] == SHOP.token
    assert handler.last.headers["content-type"] == "application/json"
    assert [order.id for order in page.items] == ["576478923456789012", "576478923456789013"]
    assert page.next_page_token == "6AsP/N5M1kH+YcZ=="
    assert (page.total_count, page.sent_at) == (2, NOW)
    assert page.request_id == "20261123140352F100F0A36CB8D305CA56"


async def test_orders_are_searched_by_status_and_creation() -> None:
    handler = Recorded({"next_page_token": ""})
    page = await client_on(handler).orders_search(
        SHOP, created=Window(SINCE), status="ON_HOLD", sort_by="create_time", page_size=20
    )
    assert json.loads(handler.last.content) == {
        "order_status": "ON_HOLD",
        "create_time_ge": 1759989990,
    }
    assert handler.last.url.params["sort_field"] == "create_time"
    assert page.items == ()
    assert page.next_page_token is None
    assert page.total_count is None


async def test_the_published_vector_is_what_we_send() -> None:
    """V6: ids comma-joined, a cipher with + / =."""
    handler = Recorded({"orders": []})
    await client_on(handler).order_detail(SHOP, ["576461413038785752", "576461413038785753"])
    assert handler.last.url.params["ids"] == "576461413038785752,576461413038785753"
    assert handler.last.url.params["sign"] == (
        "678cf89de62abac82f0e93e411ba2e68fb5ff49440b9e2ffa1b96620aec590ea"
    )


@pytest.mark.parametrize("count", [0, 51])
async def test_a_detail_call_has_a_limit(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 50"):
        await client_on(Recorded()).order_detail(SHOP, ["1"] * count)


async def test_entries_that_are_no_orders_are_named_and_the_rest_is_read() -> None:
    handler = Recorded({"orders": ["nonsense", {"id": "7"}, None]})
    page = await client_on(handler).order_detail(SHOP, ["7"])
    assert [order.id for order in page.items] == ["7"]
    assert page.problems == ("orders[0]", "orders[2]")


@pytest.mark.parametrize("odd", ["nonsense", {"0": {"id": "7"}}, 0, False])
async def test_a_list_that_is_none_is_no_answer_and_an_absent_one_is_empty(odd: object) -> None:
    with pytest.raises(NoAnswer, match="orders is no list"):
        await client_on(Recorded({"orders": odd})).order_detail(SHOP, ["7"])
    for absent in ({}, {"orders": None}):
        assert (await client_on(Recorded(absent)).order_detail(SHOP, ["7"])).items == ()


async def test_shops_are_asked_for_without_a_cipher() -> None:
    shops = [{"id": "749", "name": "Demo", "region": "US", "cipher": "TTP_x", "code": "USLC1"}]
    handler = Recorded({"shops": shops})
    found = await client_on(handler).authorized_shops("TTP_planted_token")
    assert "shop_cipher" not in handler.last.url.params
    assert (found[0].id, found[0].region, found[0].cipher) == ("749", "US", "TTP_x")
    assert "TTP_x" not in repr(found)


async def test_products_are_searched_up_to_and_including_a_second() -> None:
    sku = {"id": "17", "seller_sku": "TEE", "price": {"currency": "USD", "sale_price": "9"}}
    handler = Recorded({"products": [{"id": "1", "title": "Tee", "skus": [sku]}]})
    page = await client_on(handler).products_search(SHOP, updated=WINDOW)
    assert json.loads(handler.last.content) == {
        "status": "ALL",
        "update_time_ge": 1759989990,
        "update_time_le": 1759999999,
    }
    assert page.items[0].skus[0].price.sale_price == "9"


async def test_a_product_is_read_with_its_barcode() -> None:
    sku = {
        "id": "17",
        "external_sku_id": "gid://shopify/ProductVariant/1",
        "identifier_code": {"code": "012345", "type": "UPC"},
        "sales_attributes": [{"name": "Colour", "value_name": "Black"}],
    }
    handler = Recorded({"id": "1", "skus": [sku]})
    product = await client_on(handler).product_detail(SHOP, "1")
    assert handler.last.url.path == "/product/202309/products/1"
    assert product.skus[0].identifier_code.code == "012345"
    assert product.skus[0].sales_attributes[0].value_name == "Black"


async def test_packages_are_searched_and_read() -> None:
    listed = {"id": "115", "order_line_item_ids": ["5", 6], "orders": [{"id": "576", "skus": []}]}
    handler = Recorded({"packages": [listed]})
    page = await client_on(handler).packages_search(SHOP, updated=WINDOW)
    assert handler.last.url.params["page_size"] == "50"
    assert page.items[0].order_line_item_ids == ("5", "6")
    assert page.items[0].orders[0].id == "576"
    handler = Recorded({"package_id": "115", "recipient_address": {"name": "Kim Planted"}})
    package = await client_on(handler).package_detail(SHOP, "115")
    assert package.package_id == "115"
    assert "Planted" not in repr(package.model_dump())


async def test_cancellations_are_searched() -> None:
    cancelled = {
        "cancel_id": "4035",
        "order_id": "576",
        "cancel_status": "CANCELLATION_REQUEST_COMPLETE",
        "refund_amount": {"currency": "USD", "refund_total": "60.79"},
        "cancel_line_items": [{"order_line_item_id": "5"}],
    }
    handler = Recorded({"cancellations": [cancelled]})
    page = await client_on(handler).cancellations_search(SHOP, updated=WINDOW)
    assert handler.last.url.path == "/return_refund/202309/cancellations/search"
    assert handler.last.url.params["sort_order"] == "ASC"
    assert page.items[0].refund_amount.refund_total == "60.79"
    assert page.items[0].cancel_line_items[0].order_line_item_id == "5"


async def test_references_are_read() -> None:
    handler = Recorded({"external_orders": [{"id": "682", "platform": "SHOPIFY"}]})
    found = await client_on(handler).external_orders(SHOP, "576")
    assert handler.last.url.path == "/order/202406/orders/576/external_orders"
    assert handler.last.url.params["platform"] == "SHOPIFY"
    assert found[0].id == "682"


async def test_subscriptions_are_listed_and_put() -> None:
    kind, address = "ORDER_STATUS_CHANGE", "https://example.invalid/hook"
    handler = Recorded({"webhooks": [{"event_type": kind, "address": address}]})
    client = client_on(handler)
    assert (await client.webhooks_list(SHOP))[0].address == address
    await client.webhooks_put(SHOP, kind, address)
    assert [request.method for request in handler.requests] == ["GET", "PUT"]
    assert json.loads(handler.requests[1].content) == {"event_type": kind, "address": address}


@pytest.mark.parametrize("record_id", ["", "../1", "1/2", "1?x=2", "é"])
async def test_only_an_id_goes_into_a_path(record_id: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        await client_on(Recorded()).package_detail(SHOP, record_id)


async def test_an_answer_without_data_is_an_empty_page() -> None:
    page = await client_on(Recorded(None)).orders_search(SHOP, updated=WINDOW)
    assert page.items == ()


def test_neither_app_nor_shop_shows_its_secrets() -> None:
    assert APP.secret not in repr(APP)
    assert SHOP.token not in repr(SHOP)
    assert SHOP.cipher not in repr(SHOP)


ODD_PAGE = (
    rb'{"code": 0, "message": "Success", "data": {"total_count": 2, "orders": ['
    rb'{"id": "1", "status": "A\u0000B", "buyer_message": "\ud800 and \ud83d\ude00", "x\u0000": 1,'
    rb' "create_time": 123456789012345678901234567890123, "is_cod": NaN, "tracking_number": "'
    b"\xff\xed\xa0\x80"
    rb'", "line_items": [{"id": ' + b"9" * 5000 + rb', "product_name": "\uDFFF"}]}, {"id": "2"}]}}'
)


async def test_what_cannot_be_stored_is_cleaned_where_an_answer_is_read() -> None:
    """NUL, halves of pairs, bytes that are no text, numbers without end: the page is readable."""
    client = client_on(lambda _: httpx.Response(200, content=ODD_PAGE))
    odd, plain = (await client.orders_search(SHOP, updated=WINDOW)).items
    assert plain.id == "2"
    assert (odd.id, odd.status, odd.buyer_message) == ("1", "A\ufffdB", "\ufffd and \U0001f600")
    assert odd.tracking_number == "\ufffd" * 4
    assert odd.line_items[0].product_name == "\ufffd"
    assert odd.create_time is None
    assert "create_time" in odd.problems
    json.dumps(odd.model_dump(), ensure_ascii=False).encode()


async def test_an_answer_nested_too_deep_is_one_that_cannot_be_read() -> None:
    client = client_on(lambda _: httpx.Response(200, content=b"[" * 200_000))
    with pytest.raises(NoAnswer):
        await client.orders_search(SHOP, updated=WINDOW)
