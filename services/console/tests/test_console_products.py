"""Links are proposed by equal values only, and a file of links is taken whole or not at all."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from services.console.tests import happenings as happen

from console.orders.queries import find_order, preview_order
from console.products.link_files import COLUMNS, WrongFile, read_links, write_links
from console.products.suggestions import Suggestion, TikTokSku, VariantIndex, suggest
from console.projection import catch_up
from console.rows import Sku
from ordersync_contracts.events import ProductLinked
from shopify.variants import Variant


def variant(n: int, sku: str | None = None, barcode: str | None = None) -> Variant:
    return Variant(
        id=f"gid://shopify/ProductVariant/{n}",
        sku=sku,
        barcode=barcode,
        title=f"V{n}",
        price=Decimal("1.00"),
    )


def found(sku: TikTokSku, *variants: Variant, link: ProductLinked | None = None) -> Suggestion:
    (suggestion,) = suggest([sku], VariantIndex(variants), {sku.sku_id: link} if link else {})
    return suggestion


def linked(n: int, by: Any = "same_sku") -> ProductLinked:
    return ProductLinked(shop_id="1", sku_id="9", variant_id=variant(n).id, store="s", linked_by=by)


@pytest.mark.parametrize(
    ("sku", "by"),
    [
        (TikTokSku("9", seller_sku=" mug-blue "), "seller_sku"),
        (TikTokSku("9", seller_sku="other", external_sku_id="1"), "external_sku_id"),
        (TikTokSku("9", external_sku_id=variant(1).id), "external_sku_id"),
        (TikTokSku("9", barcode="850001"), "barcode"),
        (TikTokSku("9", seller_sku="MUG-BLUE", barcode="850002"), "seller_sku"),
    ],
)
def test_exactly_one_equal_value_is_proposed(sku: TikTokSku, by: str) -> None:
    suggestion = found(sku, variant(1, "MUG-BLUE", "850001"), variant(2, "MUG-RED", "850002"))
    assert (suggestion.found, suggestion.by, suggestion.variant_id) == (
        "proposed",
        by,
        variant(1).id,
    )


def test_several_candidates_are_shown_and_never_guessed() -> None:
    sku = TikTokSku("9", seller_sku="MUG", barcode="850001")
    suggestion = found(sku, variant(1, "MUG", "850001"), variant(2, "mug"))
    assert (suggestion.found, suggestion.variant_id, len(suggestion.candidates)) == (
        "ambiguous",
        None,
        2,
    )


def test_empty_values_are_equal_to_nothing() -> None:
    assert found(TikTokSku("9"), variant(1, "", ""), variant(2)).found == "nothing"


def test_a_link_whose_variant_is_deleted_or_changed_is_noticed() -> None:
    sku = TikTokSku("9", seller_sku="MUG")
    assert found(sku, variant(1, "MUG"), link=linked(1)).found == "linked"
    assert found(sku, variant(1, "CUP"), link=linked(1)).found == "changed"
    assert found(sku, variant(1, "CUP"), link=linked(1, "person")).found == "linked"
    assert found(sku, variant(2, "MUG"), link=linked(1)).found == "deleted"


def test_an_exported_file_is_read_back_as_it_was() -> None:
    skus = [Sku("1", "9", "MUG", "Mug, blue", variant_id=variant(1).id), Sku("1", "10")]
    file = io.StringIO()
    assert write_links(file, skus) == 2
    file.seek(0)
    assert read_links(file) == {"9": variant(1).id}


def test_a_file_with_a_line_at_fault_names_every_such_line() -> None:
    text = "sku_id,variant_id\n9,1\nmug,2\n10,blue\n9,3\n"
    with pytest.raises(WrongFile) as caught:
        read_links(io.StringIO(text))
    assert all(f"line {n}:" in str(caught.value) for n in (3, 4, 5))
    assert "line 2:" not in str(caught.value)


def test_a_file_without_the_columns_is_refused() -> None:
    with pytest.raises(WrongFile, match=COLUMNS[0]):
        read_links(io.StringIO("sku;variant\n9;1\n"))


async def test_the_queue_tells_how_many_wait_and_the_earliest_ship_by(
    story: Any, store: Any, rows: Any
) -> None:
    soon, later = (happen.NOW + timedelta(days=n) for n in (1, 2))
    await story.order("101", happen.eligible("101"), ship_by=later)
    await story.order("102", happen.eligible("102"), happen.blocked("102"), ship_by=soon)
    await story.order("103", happen.ineligible("103"), ship_by=happen.NOW)
    await catch_up(store, rows)
    (sku,) = await rows.skus()
    assert (sku.waiting, sku.ship_by) == (2, soon)


async def test_a_preview_uses_the_links_of_the_shops_own_store_and_writes_nothing(
    story: Any, store: Any
) -> None:
    await story.shop()
    await story.order("101")
    before = await store.head()
    blocked = await preview_order(store, await find_order(store, happen.NOW, "101"))
    assert blocked.reason_code == "unlinked_sku"
    assert await store.head() == before
    await story.link("1729000001", 77)
    made = await preview_order(store, await find_order(store, happen.NOW, "101"))
    assert made.reason_code != "unlinked_sku"
    assert any("ProductVariant/77" in row.shopify_value for row in made.rows)
