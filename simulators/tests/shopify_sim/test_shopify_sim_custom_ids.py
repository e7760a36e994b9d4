"""The id metafield: definition, uniqueness, lookup and its lag."""

import pytest

from simulators.shopify.in_process import InProcessShopify, custom_id


async def test_without_the_definition_a_lookup_is_an_error_not_an_absence(
    shopify: InProcessShopify,
) -> None:
    query = """{ orderByIdentifier(identifier: {customId: {key: "tiktok_order_id", value: "1"}})
        { id } }"""
    result = await shopify.graph(query)
    assert result["data"] == {"orderByIdentifier": None}
    (error,) = result["errors"]
    assert error["message"] == (
        "Metafield definition of type 'id' is required when using custom ids."
    )
    assert (error["extensions"]["code"], error["path"]) == ("NOT_FOUND", ["orderByIdentifier"])
    assert result["extensions"]["cost"]["actualQueryCost"] == 1


async def test_a_definition_of_type_id_is_unique_without_being_asked(
    shopify: InProcessShopify,
) -> None:
    made = (await shopify.define_custom_id())["createdDefinition"]
    assert made["capabilities"]["uniqueValues"] == {"enabled": True, "eligible": True}
    again = (await shopify.define_custom_id())["userErrors"]
    assert [error["code"] for error in again] == ["TAKEN"]


async def test_a_definition_of_type_id_cannot_be_without_unique_values(
    shopify: InProcessShopify,
) -> None:
    query = """mutation { metafieldDefinitionCreate(definition: {name: "n", key: "k", type: "id",
        ownerType: ORDER, capabilities: {uniqueValues: {enabled: false}}})
        { createdDefinition { id } userErrors { code } } }"""
    payload = await shopify.ask(query)
    assert payload["userErrors"] == [{"code": "CAPABILITY_REQUIRED_BUT_DISABLED"}]


async def test_an_order_is_found_by_its_value_and_absence_is_null(
    shopify: InProcessShopify,
) -> None:
    await shopify.define_custom_id()
    gid = await shopify.create(metafields=custom_id("576"))
    assert (await shopify.find("576"))["id"] == gid
    assert await shopify.find("577") is None


async def test_a_lookup_may_lag(shopify: InProcessShopify) -> None:
    await shopify.put(lookup_lag_s=30)
    await shopify.define_custom_id()
    await shopify.create(metafields=custom_id("576"))
    assert await shopify.find("576") is None
    shopify.pass_time(30)
    assert await shopify.find("576") is not None


async def test_a_taken_value_is_refused_and_makes_no_order(shopify: InProcessShopify) -> None:
    await shopify.define_custom_id()
    await shopify.create(metafields=custom_id("576"))
    payload = await shopify.try_create(metafields=custom_id("576"))
    assert payload["order"] is None
    assert payload["userErrors"][0]["field"] == ["order", "metafields"]
    assert len(await shopify.orders()) == 1


async def test_or_the_order_is_created_without_the_metafield(shopify: InProcessShopify) -> None:
    await shopify.put(unique_metafield="drop")
    await shopify.define_custom_id()
    first = await shopify.create(metafields=custom_id("576"))
    second = await shopify.create(metafields=custom_id("576"))
    selection = 'metafield(namespace: "$app", key: "tiktok_order_id") { value }'
    assert (await shopify.read(second, selection))["metafield"] is None
    assert (await shopify.find("576"))["id"] == first
    assert (await shopify.orders())[1]["flags"] == [
        "metafield tiktok_order_id dropped: value taken"
    ]


async def test_a_taken_value_is_refused_even_while_lookups_lag(shopify: InProcessShopify) -> None:
    await shopify.put(lookup_lag_s=300)
    await shopify.define_custom_id()
    await shopify.create(metafields=custom_id("576"))
    assert (await shopify.try_create(metafields=custom_id("576")))["order"] is None


async def test_a_deleted_order_frees_its_value(shopify: InProcessShopify) -> None:
    await shopify.define_custom_id()
    gid = await shopify.create(metafields=custom_id("576"))
    query = "mutation D($id: ID!) { orderDelete(orderId: $id) { deletedId } }"
    assert (await shopify.ask(query, id=gid))["deletedId"] == gid
    assert await shopify.find("576") is None
    await shopify.create(metafields=custom_id("576"))


SET = """mutation S($fields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $fields) {
    metafields { id key value namespace } userErrors { code elementIndex } } }"""


async def test_metafields_set_writes_and_replaces(shopify: InProcessShopify) -> None:
    await shopify.define_custom_id()
    gid = await shopify.create()
    for value in ("576", "577"):
        field = {"ownerId": gid, "namespace": "$app", "key": "tiktok_order_id", "value": value}
        assert (await shopify.ask(SET, fields=[field]))["userErrors"] == []
    assert await shopify.find("576") is None
    assert (await shopify.find("577"))["id"] == gid
    assert len((await shopify.orders())[0]["order"]["metafields"]["nodes"]) == 1


@pytest.mark.parametrize(
    ("value", "code"), [("576", "TAKEN"), ("", "INVALID_VALUE"), ("x" * 20_000, "TOO_LONG")]
)
async def test_metafields_set_refuses_all_when_one_is_wrong(
    shopify: InProcessShopify, value: str, code: str
) -> None:
    await shopify.define_custom_id()
    await shopify.create(metafields=custom_id("576"))
    gid = await shopify.create()
    fields = [
        {"ownerId": gid, "key": "other", "value": "fine", "type": "single_line_text_field"},
        {"ownerId": gid, "key": "tiktok_order_id", "value": value},
    ]
    payload = await shopify.ask(SET, fields=fields)
    assert payload == {"metafields": None, "userErrors": [{"code": code, "elementIndex": 1}]}
    assert (await shopify.orders())[1]["order"]["metafields"]["nodes"] == []


async def test_another_app_has_another_namespace(shopify: InProcessShopify) -> None:
    await shopify.define_custom_id()
    gid = await shopify.create(metafields=custom_id("576"))
    await shopify.put(app_id="42")
    query = '{ metafieldDefinition(identifier: {ownerType: ORDER, key: "tiktok_order_id"}) { id } }'
    assert await shopify.ask(query) is None
    selection = 'metafield(namespace: "$app", key: "tiktok_order_id") { value }'
    assert (await shopify.read(gid, selection))["metafield"] is None
