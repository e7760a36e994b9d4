"""``ordersync products``: what it prints where, and its exit codes."""

import asyncio
import json
from pathlib import Path
from typing import Any

from services.console.tests import happenings as happen

from ordersync_contracts.streams import link_stream

Run = Any


def test_products_are_linked_listed_and_unlinked(run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101", happen.eligible("101")))
    [sku] = json.loads(run("products", "ls", "-o", "json").stdout)["skus"]
    assert (sku["sku_id"], sku["variant_id"], sku["waiting_orders"]) == ("1729000001", None, 1)
    assert run("products", "link", "1729000001", "8801").exit_code == 0
    [sku] = json.loads(run("products", "ls", "-o", "json").stdout)["skus"]
    assert sku["variant_id"] == "gid://shopify/ProductVariant/8801"
    assert sku["linked_by"] == "tester (command line)"
    assert run("products", "unlink", "1729000001").exit_code == 0
    assert run("products", "unlink", "1729000001").exit_code == 5


def test_a_variant_that_is_none_is_a_usage_error(run: Run, story: Any) -> None:
    story.tell_all(story.shop())
    result = run("products", "link", "1729000001", "candle")
    assert result.exit_code == 2
    assert "variant" in result.stderr


def test_with_two_shops_a_link_names_its_shop(run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.shop("7495000002"))
    result = run("products", "link", "1729000001", "8801")
    assert result.exit_code == 5
    assert "--shop" in result.stderr


def test_links_are_imported_only_with_execute(
    run: Run, story: Any, store: Any, tmp_path: Path
) -> None:
    file = tmp_path / "links.csv"
    file.write_text("sku_id,variant_id\n1729000001,77\n")
    story.tell_all(story.shop())
    stream = link_stream(happen.SHOP, "1729000001")
    assert run("products", "import", str(file)).exit_code == 0
    assert asyncio.run(store.read(stream)) == ()
    assert "1 of 1" in run("products", "import", str(file), "--execute").stdout
    assert "0 of 1" in run("products", "import", str(file), "--execute").stdout
    (made,) = asyncio.run(store.read(stream))
    assert made.event.linked_by == "import"
    assert "1729000001,gid://shopify/ProductVariant/77" in run("products", "export").stdout
    file.write_text("sku_id,variant_id\nmug,77\n")
    assert run("products", "import", str(file), "--execute").exit_code in {2, 5}
