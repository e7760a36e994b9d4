"""Products as TikTok shows them, from both shapes the control interface reads."""

from simulators.tiktok.in_process import InProcessTikTok

SEARCH = "/product/202502/products/search"


async def test_flat_entries_of_one_product_become_one_product(sim: InProcessTikTok) -> None:
    data = await sim.data("POST", SEARCH, {}, page_size="10")
    by_id = {product["id"]: product for product in data["products"]}
    socks = by_id["1729500000000000001"]
    assert [sku["seller_sku"] for sku in socks["skus"]] == ["SOCK-BLK-M", "SOCK-WHT-L"]
    assert socks["skus"][1]["price"] == {
        "currency": "USD",
        "sale_price": "7.35",
        "tax_exclusive_price": "7.35",
    }
    assert data["total_count"] == 2
    assert "unlinked" not in str(data)


async def test_a_product_in_tiktok_s_own_shape_is_kept_whole(sim: InProcessTikTok) -> None:
    product = {
        "id": "17",
        "title": "Mug",
        "external_product_id": "77",
        "skus": [
            {"id": "27", "seller_sku": "MUG", "price": {"currency": "USD", "sale_price": "9"}}
        ],
    }
    await sim.control("PUT", f"/_sim/shops/{sim.shop_id}", {"products": [product]})
    full = await sim.data("GET", "/product/202309/products/17")
    assert full["external_product_id"] == "77"
    assert full["skus"][0]["price"]["sale_price"] == "9"
    (listed,) = (await sim.data("POST", SEARCH, page_size="10"))["products"]
    assert "external_product_id" not in listed


async def test_the_barcode_is_only_in_the_detail(sim: InProcessTikTok) -> None:
    full = await sim.data("GET", "/product/202309/products/1729500000000000001")
    assert full["skus"][0]["identifier_code"] == {"code": "012345678905", "type": "UPC"}
    data = await sim.data("POST", SEARCH, {"seller_skus": ["SOCK-BLK-M"]}, page_size="10")
    assert "identifier_code" not in data["products"][0]["skus"][0]


async def test_products_are_searched_by_sku_status_and_time(sim: InProcessTikTok) -> None:
    for body, count in (
        ({"seller_skus": ["ONLY-TIKTOK"]}, 1),
        ({"sku_ids": ["2729300000000000011", "2729300000000000012"]}, 1),
        ({"status": "ALL"}, 2),
        ({"status": "DRAFT"}, 0),
        ({"update_time_ge": int(sim.now), "update_time_le": int(sim.now)}, 2),
        ({"create_time_le": int(sim.now) - 1}, 0),
    ):
        data = await sim.data("POST", SEARCH, body, page_size="10")
        assert (len(data["products"]), data["total_count"]) == (count, count), body
    older = await sim.data("POST", "/product/202309/products/search", page_size="1")
    assert older["next_page_token"]
    last = await sim.data("POST", SEARCH, page_size="1", page_token=older["next_page_token"])
    assert last["next_page_token"] == ""
    assert last["products"][0]["id"] != older["products"][0]["id"]


async def test_more_than_ten_skus_are_refused(sim: InProcessTikTok) -> None:
    many = [str(n) for n in range(11)]
    for body, code in (({"seller_skus": many}, 12019027), ({"sku_ids": many}, 12019087)):
        answer = await sim.call("POST", SEARCH, body, page_size="10")
        assert answer.json()["code"] == code


async def test_an_unknown_product_is_refused(sim: InProcessTikTok) -> None:
    answer = await sim.call("GET", "/product/202309/products/9")
    assert answer.json()["code"] == 36009004
