"""``ordersync products``: what it prints where, and its exit codes."""

from pathlib import Path
from typing import Any

from services.console.tests import happenings as happen

from ordersync_contracts.streams import link_stream

Run = Any


def test_products_are_linked_listed_and_unlinked(as_json: Any, run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101", happen.eligible("101")))
    [sku] = as_json("products", "ls")["skus"]
    assert (sku["sku_id"], sku["variant_id"], sku["waiting_orders"]) == ("1729000001", None, 1)
    assert run("products", "link", "1729000001", "8801").exit_code == 0
    [sku] = as_json("products", "ls")["skus"]
    assert sku["variant_id"] == "gid://shopify/ProductVariant/8801"
    assert sku["linked_by"] == "tester (command line)"
    assert run("products", "unlink", "1729000001").exit_code == 0
    assert run("products", "unlink", "1729000001").exit_code == 5


def test_with_two_shops_a_link_names_its_shop(run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.shop("7495000002"))
    result = run("products", "link", "1729000001", "8801")
    assert result.exit_code == 5
    assert "--shop" in result.stderr


def test_links_are_imported_only_with_execute(run: Run, story: Any, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text("sku_id,variant_id\n1729000001,77\n")
    story.tell_all(story.shop(), story.order("101"))
    stream = link_stream(happen.SHOP, "1729000001")
    assert run("products", "import", str(file)).exit_code == 0
    assert story.history(stream) == ()
    assert "1 of 1" in run("products", "import", str(file), "--execute").stdout
    assert "0 of 1" in run("products", "import", str(file), "--execute").stdout
    (made,) = story.history(stream)
    assert made.event.linked_by == "import"
    assert "1729000001,gid://shopify/ProductVariant/77" in run("products", "export").stdout
    file.write_text("sku_id,variant_id\nmug,77\n")
    assert run("products", "import", str(file), "--execute").exit_code in {2, 5}


def test_a_link_is_made_only_between_what_is_there(run: Run, opener: Any, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101", happen.eligible("101")))
    typed = ("products", "link", "1729000001", "8801")
    opener.sells.variants = set()
    refused = run(*typed)
    assert (refused.exit_code, "has none with the number 8801" in refused.stderr) == (5, True)
    opener.sells.away = {happen.STORE}
    refused = run(*typed)
    assert (refused.exit_code, "--unchecked" in refused.stderr) == (5, True)
    assert story.history(link_stream(happen.SHOP, "1729000001")) == ()
    assert run(*typed, "--unchecked").exit_code == 0


def test_a_sku_that_no_order_named_is_asked_for_at_tiktok(
    run: Run, opener: Any, story: Any
) -> None:
    story.tell_all(story.shop())
    typed = ("products", "link", "555", "8801")
    refused = run(*typed)
    assert (refused.exit_code, "no product of shop" in refused.stderr) == (5, True)
    opener.sells.away = {happen.SHOP}
    assert "could not be asked" in run(*typed).stderr
    opener.sells.away, opener.sells.skus = set(), {"555"}
    assert run(*typed).exit_code == 0


def test_a_file_with_a_variant_that_is_not_there_links_nothing(
    run: Run, opener: Any, story: Any, tmp_path: Path
) -> None:
    file = tmp_path / "links.csv"
    file.write_text("sku_id,variant_id\n1729000001,77\n1729000002,78\n")
    story.tell_all(story.shop())
    opener.sells.skus = {"1729000001", "1729000002"}
    refused = run("products", "import", str(file), "--execute")
    assert (refused.exit_code, "78" in refused.stderr) == (5, True)
    assert story.history(link_stream(happen.SHOP, "1729000001")) == ()
    assert run("products", "import", str(file), "--execute", "--unchecked").exit_code == 0
