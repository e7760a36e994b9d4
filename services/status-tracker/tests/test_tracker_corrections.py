"""A corrected address, note or gift tag stands in Shopify too; what cannot be changed is shown."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.world import faults, story
from tests.world.shopify import Fault
from tests.world.story import ORDER_ID, SHOP_ID
from tests.world.tracked import OTHER_STREET, STREET, Case, planted

from ordersync_contracts.codec import encode
from ordersync_contracts.streams import order_stream

UPDATE = "order_update"


async def test_a_corrected_address_is_read_from_the_vault_at_the_last_moment_and_never_told(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    await case.stands_at(STREET)
    await case.happens(recipient=await case.keep(planted(OTHER_STREET)))
    shipping = (await case.order())["shippingAddress"]
    assert (shipping["address1"], shipping["lastName"]) == (OTHER_STREET, "Plantedbuyer")
    assert (await case.world.ordered())["mails"] == []
    assert await case.changes() == [("address", "")]
    told = b"".join(
        encode(recorded.event)
        for recorded in await case.world.store.read(order_stream(SHOP_ID, ORDER_ID))
    )
    printed = "".join(capsys.readouterr())
    assert "Planted" not in told.decode() + printed
    await case.happens()
    assert len(case.calls(UPDATE)) == 1


async def test_an_address_that_comes_back_is_written_again(case: Case) -> None:
    first = await case.keep(planted(STREET))
    case.seen(recipient=first)
    await case.stands()
    await case.happens(recipient=await case.keep(planted(OTHER_STREET)))
    await case.happens(recipient=await case.keep(planted(STREET)))
    assert (await case.order())["shippingAddress"]["address1"] == STREET


async def test_a_clear_address_after_a_masked_one_is_written(case: Case) -> None:
    masked = await case.keep(planted("7* P******"), masked=True)
    case.seen(recipient=masked)
    await case.stands()
    await case.happens(recipient=await case.keep(planted(STREET)))
    assert (await case.order())["shippingAddress"]["address1"] == STREET


async def test_a_masked_address_is_never_written_over_a_clear_one(case: Case) -> None:
    await case.stands_at(STREET)
    hidden = case.snapshot.recipient.model_copy(update={"hidden_correction": "c0ffee"})  # type: ignore[union-attr]  # set above
    await case.happens(recipient=hidden)
    await case.happens()
    assert case.world.shopify.calls == []
    (shown,) = await case.world.told("ShopifyUpdateFailed")
    assert (shown.change, shown.reason_code) == ("address", "address_changed_masked")
    seen = await case.shown()
    found = (seen.status, seen.reason_code, seen.may_sync)
    assert found == ("Synced", "address_changed_masked", False)
    await case.happens(recipient=await case.keep(planted(OTHER_STREET)))
    assert (await case.shown()).reason_code is None


async def test_a_phone_that_shopify_refuses_is_left_out_of_the_correction(case: Case) -> None:
    await case.stands_at(STREET)
    await case.happens(recipient=await case.keep(planted(OTHER_STREET, phone="12")))
    shipping = (await case.order())["shippingAddress"]
    assert (shipping["address1"], shipping["phone"]) == (OTHER_STREET, None)


@pytest.mark.parametrize(
    ("at", "words", "said", "field"),
    [
        (("shippingAddress", "firstName"), "Odd words", "first name", "firstName"),
        (("shippingAddress", "province"), "Odd words", "province", "provinceCode"),
        (("shippingAddress",), "State is not a valid state in United States", "province", None),
        (("input", "shippingAddress", "phone"), "Odd words", "phone", "phone"),
    ],
)
async def test_a_refused_part_of_an_address_is_left_out_of_the_correction_alone(
    case: Case, at: tuple[str, ...], words: str, said: str, field: str | None
) -> None:
    await case.stands_at(STREET)
    refusal = faults.user_errors(faults.user_error(*at, message=words, code=None))
    case.world.shopify.faults[UPDATE] = [refusal]
    await case.happens(recipient=await case.keep(planted(OTHER_STREET)))
    shipping = (await case.order())["shippingAddress"]
    assert (shipping["address1"], shipping.get(field or "provinceCode")) == (OTHER_STREET, None)
    (updated,) = await case.world.told("ShopifyOrderUpdated")
    assert (updated.change, updated.left_out) == ("address", (said,))


async def test_an_address_that_is_refused_as_a_whole_is_said_after_bounded_calls(
    case: Case,
) -> None:
    await case.stands_at(STREET)
    wrong = faults.user_error("shippingAddress", "zip", message="Odd words", code=None)
    case.world.shopify.faults[UPDATE] = [faults.user_errors(wrong)] * 9
    await case.happens(recipient=await case.keep(planted(OTHER_STREET)))
    assert len(case.calls(UPDATE)) == 2
    (failed,) = await case.world.told("ShopifyUpdateFailed")
    found = (failed.change, failed.reason_code, failed.field)
    assert found == ("address", "update_refused", "shippingAddress.zip")


async def test_a_note_above_shopifys_limit_is_cut_and_said(case: Case) -> None:
    await case.stands()
    await case.happens(message=await case.keep({"text": "x" * 5_001}, "message"))
    assert (await case.order())["note"] == "x" * 5_000
    (updated,) = await case.world.told("ShopifyOrderUpdated")
    assert updated.left_out == ("note beyond 5000 characters",)


async def test_what_tiktok_hid_of_a_correction_is_said(case: Case) -> None:
    await case.stands_at(STREET)
    hidden = await case.keep(planted(OTHER_STREET, phone="(+1)213-***-0147"))
    await case.happens(recipient=hidden)
    (updated,) = await case.world.told("ShopifyOrderUpdated")
    assert updated.left_out == ("phone",)


async def test_an_erased_buyer_is_not_written(case: Case) -> None:
    await case.stands_at(STREET)
    changed = await case.keep(planted(OTHER_STREET))
    await case.world.vault.erase_order(SHOP_ID, ORDER_ID, "customer_request")
    await case.happens(recipient=changed)
    assert case.world.shopify.calls == []
    assert {job.state for job in await case.world.jobs()} == {"done"}


async def test_a_changed_message_becomes_the_note_and_a_gift_its_tag(case: Case) -> None:
    await case.stands()
    message = await case.keep({"text": "Ring twice"}, "message")
    await case.happens(message=message, lines=(story.line(1, is_gift=True), story.line(2)))
    order = await case.order()
    assert (order["note"], order["tags"]) == ("Ring twice", ["TikTok Shop", "TikTok Shop Gift"])
    assert await case.changes() == [("note", ""), ("tags", "")]


async def test_items_and_amounts_that_changed_are_shown_once_with_their_fields(case: Case) -> None:
    await case.stands()
    dearer = case.seen().payment.model_copy(update={"total": Decimal("31.00")})
    await case.happens(payment=dearer, lines=(story.line(1), story.line(2), story.line(3)))
    await case.happens()
    (shown,) = await case.world.told("ShopifyUpdateFailed")
    found = (shown.change, shown.reason_code, shown.field)
    assert found == ("order", "order_changed", "line_items,payment.total_amount")
    seen = await case.shown()
    assert (seen.reason_code, seen.may_sync) == ("order_changed", False)
    assert case.world.shopify.calls == []


async def test_another_way_of_shipping_is_shown_also_when_units_were_cancelled(case: Case) -> None:
    await case.stands()
    gone = (story.line(1), story.line(2, status="CANCELLED"))
    await case.happens(shipping_type="SELLER", lines=gone)
    shown = await case.world.told("ShopifyUpdateFailed")
    assert "shipping_type" in [failed.field for failed in shown]


@pytest.mark.parametrize("fault", faults.OF_ANY_CALL)
async def test_whatever_happens_to_the_call_the_address_stands(case: Case, fault: Fault) -> None:
    await case.stands_at(STREET)
    case.world.shopify.faults[UPDATE] = [fault]
    await case.happens(recipient=await case.keep(planted(OTHER_STREET)))
    assert (await case.order())["shippingAddress"]["address1"] == OTHER_STREET
    assert await case.changes() == [("address", "")]


async def test_a_late_older_address_never_lands_on_a_newer_one(case: Case) -> None:
    """The newer one waits until the older call cannot arrive any more."""
    await case.stands_at(STREET)
    case.world.shopify.faults[UPDATE] = [faults.dies_late]
    await case.world.hear(case.seen(recipient=await case.keep(planted(OTHER_STREET))))
    await case.world.work()
    await case.happens(recipient=await case.keep(planted("1 Planted Place")))
    assert case.world.clock.later == []
    assert (await case.order())["shippingAddress"]["address1"] == "1 Planted Place"


async def test_a_planted_haste_lets_an_older_address_land_on_a_newer_one(case: Case) -> None:
    """Shows that the test above can fail."""
    await case.world.believe_at_once()
    await case.stands_at(STREET)
    case.world.shopify.faults[UPDATE] = [faults.dies_late]
    await case.world.hear(case.seen(recipient=await case.keep(planted(OTHER_STREET))))
    await case.world.work()
    await case.happens(recipient=await case.keep(planted("1 Planted Place")))
    await case.world.pass_time(timedelta(minutes=5))
    assert (await case.order())["shippingAddress"]["address1"] == OTHER_STREET
