"""orders(query:) and productVariants(query:)."""

from typing import Any

import pytest

from simulators.shopify.in_process import InProcessShopify, custom_id

ORDERS = """query O($query: String, $first: Int = 50, $after: String, $reverse: Boolean = false) {
    orders(first: $first, after: $after, query: $query, sortKey: CREATED_AT, reverse: $reverse) {
    nodes { name } pageInfo { hasNextPage endCursor } } }"""
VARIANTS = """query V($query: String, $first: Int = 50, $after: String) {
    productVariants(first: $first, after: $after, query: $query) {
    nodes { sku } edges { cursor node { sku } } pageInfo { hasNextPage endCursor } } }"""
CANCEL = """mutation C($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: false) {
    job { id } } }"""
CLOSE = "mutation C($id: ID!) { orderClose(input: {id: $id}) { order { id } } }"


async def names(shopify: InProcessShopify, query: str | None, **more: Any) -> Any:
    found = await shopify.ask(ORDERS, query=query, **more)
    return [node["name"] for node in found["nodes"]]


@pytest.fixture
async def three(shopify: InProcessShopify) -> Any:
    """#1001 open, #1002 closed an hour later, #1003 cancelled two hours later."""
    for at, tag in enumerate(("TikTok Shop", "TikTokOrderID:57600002", "other")):
        gid = await shopify.create(sourceIdentifier=f"5760000{at + 1}", tags=[tag])
        if at:
            await shopify.ask(CLOSE if at == 1 else CANCEL, id=gid)
        shopify.pass_time(3_600)
    return shopify


ANY = " AND (status:open OR status:closed OR status:cancelled)"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('source_identifier:"57600001"', ["#1001"]),
        ('source_identifier:"57600002"' + ANY, ["#1002"]),
        ("source_identifier:5760000" + ANY, []),
        ("source_identifier:5760000*" + ANY, ["#1001", "#1002", "#1003"]),
        ('tag:"tiktok shop"', ["#1001"]),
        ('tag:"TikTokOrderID:57600002"' + ANY, ["#1002"]),
        ("tag:shop" + ANY, []),
        ("-tag:other status:any", ["#1001", "#1002"]),
        ("NOT tag:other AND status:any", ["#1001", "#1002"]),
        ("tag_not:other status:any", ["#1001", "#1002"]),
        ("name:1003 status:any", ["#1003"]),
        ("status:closed", ["#1002"]),
        ("status:cancelled OR status:open", ["#1001", "#1003"]),
        ("status:not_closed", ["#1001", "#1003"]),
        ("sku:tee-blk-m status:any", ["#1001", "#1002", "#1003"]),
        ("57600003 status:any", ["#1003"]),
        ("fulfillment_status:unfulfilled status:any", ["#1001", "#1002", "#1003"]),
        ("", ["#1001", "#1002", "#1003"]),
        (None, ["#1001", "#1002", "#1003"]),
    ],
)
async def test_a_query_finds(three: InProcessShopify, query: str | None, found: list[str]) -> None:
    assert await names(three, query) == found


async def test_times_are_compared(three: InProcessShopify) -> None:
    created = (await three.ask("{ orders(first: 9) { nodes { createdAt } } }"))["nodes"]
    second = sorted(order["createdAt"] for order in created)[1]
    for op, found in ((">", ["#1003"]), (">=", ["#1002", "#1003"]), ("<", ["#1001"])):
        assert await names(three, f"created_at:{op}'{second}' status:any") == found


async def test_without_a_status_closed_and_cancelled_orders_are_left_out(
    three: InProcessShopify,
) -> None:
    assert await names(three, "tag:*") == []
    assert await names(three, "sku:TEE-BLK-M") == ["#1001"]
    await three.put(search_default="any")
    assert await names(three, "sku:TEE-BLK-M") == ["#1001", "#1002", "#1003"]


async def test_an_unknown_filter_is_ignored_with_a_warning(three: InProcessShopify) -> None:
    result = await three.graph(ORDERS, query="nonsense:1 status:open")
    assert [node["name"] for node in result["data"]["orders"]["nodes"]] == ["#1001"]
    (report,) = result["extensions"]["search"]
    assert report["path"] == ["orders"]
    assert report["warnings"] == [
        {
            "field": "nonsense",
            "message": "Invalid search field for this query.",
            "code": "invalid_field",
        }
    ]


async def test_a_known_filter_gives_no_warning(three: InProcessShopify) -> None:
    result = await three.graph(ORDERS, query="tag:x")
    assert "warnings" not in result["extensions"]["search"][0]


@pytest.mark.parametrize(("filterable", "found"), [(True, ["#1001"]), (False, ["#1001", "#1002"])])
async def test_a_metafield_is_searched_only_if_its_definition_says_so(
    shopify: InProcessShopify, filterable: bool, found: list[str]
) -> None:
    query = """mutation D($on: Boolean!) { metafieldDefinitionCreate(definition: {name: "n",
        key: "tiktok_order_id", type: "id", ownerType: ORDER,
        capabilities: {adminFilterable: {enabled: $on}}}) { userErrors { message } } }"""
    await shopify.ask(query, on=filterable)
    for value in ("576", "577"):
        await shopify.create(metafields=custom_id(value))
    assert await names(shopify, 'metafields.$app.tiktok_order_id:"576"') == found


async def test_a_new_order_is_found_only_after_the_lag(shopify: InProcessShopify) -> None:
    await shopify.put(search_lag_s=60)
    gid = await shopify.create(sourceIdentifier="576")
    assert await names(shopify, 'source_identifier:"576"') == []
    assert (await shopify.read(gid, "name"))["name"] == "#1001"
    shopify.pass_time(60)
    assert await names(shopify, 'source_identifier:"576"') == ["#1001"]
    await shopify.ask(CLOSE, id=gid)
    assert await names(shopify, "status:open") == ["#1001"]


async def test_ending_the_lag_shows_what_waited(shopify: InProcessShopify) -> None:
    await shopify.put(search_lag_s=300)
    await shopify.create()
    await shopify.put(search_lag_s=0)
    assert await names(shopify, "status:open") == ["#1001"]


async def test_a_deleted_order_is_not_found_even_while_the_index_lags(
    shopify: InProcessShopify,
) -> None:
    await shopify.put(search_lag_s=60)
    gid = await shopify.create()
    await shopify.ask("mutation D($id: ID!) { orderDelete(orderId: $id) { deletedId } }", id=gid)
    shopify.pass_time(61)
    assert await names(shopify, "status:any") == []


async def test_pages_follow_each_other_in_both_directions(three: InProcessShopify) -> None:
    paged, after = [], None
    for _ in range(3):
        found = await three.ask(ORDERS, first=1, after=after)
        paged += [node["name"] for node in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
    assert paged == ["#1001", "#1002", "#1003"]
    assert found["pageInfo"]["hasNextPage"] is False
    assert await names(three, None, reverse=True) == ["#1003", "#1002", "#1001"]
    last = "{ orders(last: 1, sortKey: CREATED_AT) { nodes { name } } }"
    assert (await three.ask(last))["nodes"] == [{"name": "#1003"}]


@pytest.mark.parametrize("arguments", ["", "(first: 251)", '(first: 1, after: "x")'])
async def test_a_page_that_cannot_be_is_refused(shopify: InProcessShopify, arguments: str) -> None:
    result = await shopify.graph(f"{{ orders{arguments} {{ nodes {{ id }} }} }}")
    assert result["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_orders_are_counted(three: InProcessShopify) -> None:
    query = "query C($q: String) { ordersCount(query: $q) { count precision } }"
    assert await three.ask(query, q="status:any") == {"count": 3, "precision": "EXACT"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('sku:"TEE-BLK-M"', ["TEE-BLK-M"]),
        ('sku:"tee-blk-m" OR sku:"TEE-BLK-L"', ["TEE-BLK-M", "TEE-BLK-L"]),
        ("sku:TEE", ["TEE-BLK-M", "TEE-BLK-L"]),
        ("barcode:0123", ["TEE-BLK-M"]),
        ("id:>48540157378793", ["TEE-BLK-L"]),
        (None, ["TEE-BLK-M", "TEE-BLK-L"]),
    ],
)
async def test_variants_are_found_by_tokens(
    shopify: InProcessShopify, query: str | None, found: list[str]
) -> None:
    variants = await shopify.ask(VARIANTS, query=query)
    assert [node["sku"] for node in variants["nodes"]] == found
    assert [edge["node"]["sku"] for edge in variants["edges"]] == found


async def test_several_variants_may_have_one_sku(shopify: InProcessShopify) -> None:
    await shopify.put(variants=[{"id": at, "sku": "SAME", "title": str(at)} for at in (1, 2)])
    assert len((await shopify.ask(VARIANTS, query="sku:SAME"))["nodes"]) == 2
