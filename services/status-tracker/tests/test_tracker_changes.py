"""What TikTok changes after creation stands in Shopify too, once, and nobody is told of it."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.world import faults, story
from tests.world.shopify import Call, Fault, ShopifySide
from tests.world.story import ORDER_ID, SHOP_ID, STORE, connected, created, fetched

from jobs.outcomes import InDoubt
from lifecycle import order as orders
from lifecycle.status import view
from ordersync_contracts import events
from ordersync_contracts.codec import encode
from ordersync_contracts.streams import order_stream
from shopify.answers import Answer, Refused
from shopify.refusals import RefusalKind, UserError
from simulators.shopify.in_process import TEE, InProcessShopify, address, line

IDS = {"shop_id": SHOP_ID, "order_id": ORDER_ID}
STANDING, CANCEL, TAG, UPDATE = "order_standing", "order_cancel", "tags_add", "order_update"
STREET, OTHER_STREET = "77 Planted Parkway", "12 Planted Parkway"
STOCK = "query Stock($id: ID!) { productVariant(id: $id) { inventoryQuantity } }"


def planted(line1: str, **changes: str) -> dict[str, str]:
    return {
        "name": "Petra Plantedbuyer",
        "line1": line1,
        "city": "Los Angeles",
        "state": "California",
        "postal_code": "90066",
        "region": "US",
        "phone": "(+1)2135550147",
        **changes,
    }


@dataclass
class Case:
    """One TikTok order, and what is done with it."""

    world: Any
    snapshot: events.OrderFetched | None = None
    minutes: int = 0

    @property
    def sim(self) -> InProcessShopify:
        sim: InProcessShopify = self.world.shopify.sim
        return sim

    async def keep(
        self, value: dict[str, str], kind: str = "recipient", *, masked: bool = False
    ) -> events.VaultReference:
        """What the fetcher does with the buyer's data."""
        kept = await self.world.vault.put(SHOP_ID, ORDER_ID, kind, value, masked=masked)
        return events.VaultReference.model_validate(
            {"kind": kind, "version": kept.version, "digest": kept.digest, "masked": kept.masked}
        )

    def seen(self, **changes: Any) -> events.OrderFetched:
        """A newer snapshot, the last one with these changes."""
        self.minutes += 1
        base = self.snapshot or fetched(lines=(story.line(1), story.line(2)))
        times = {"updated_at": base.updated_at + timedelta(minutes=self.minutes)}
        self.snapshot = base.model_copy(update={**times, **changes})
        return self.snapshot

    def draft(self, **changes: Any) -> events.ShopifyOrderDraft:
        """The draft of the newest snapshot."""
        snapshot = self.snapshot or self.seen()
        return events.ShopifyOrderDraft(
            **IDS,
            store=STORE,
            snapshot_version=1,
            settings_version=1,
            placed_at=snapshot.created_at,
            currency="USD",
            total=Decimal("24.97"),
            lines=tuple(
                events.DraftLine(
                    variant_id=TEE,
                    title="Tee",
                    sku=unit.seller_sku,
                    sku_id="2",
                    quantity=1,
                    unit_price=Decimal("24.99"),
                    line_ids=(unit.line_id,),
                )
                for unit in snapshot.lines
            ),
            shipping_lines=(),
            attributes=(),
            tags=("TikTok Shop",),
            recipient=snapshot.recipient,
            message=snapshot.message,
        ).model_copy(update=changes)

    async def version(self) -> int:
        return len(await self.world.store.read(order_stream(SHOP_ID, ORDER_ID)))

    async def request(self, **changes: Any) -> None:
        """The mapper drafts, the writer records its intent."""
        await self.world.hear(self.draft(**changes))
        await self.intend(await self.version())

    async def intend(self, draft_version: int) -> None:
        await self.world.hear(
            events.ShopifyOrderRequested(
                **IDS,
                store=STORE,
                draft_version=draft_version,
                attempt=1,
                idempotency_key="k",
                input_digest="d",
            )
        )

    async def create(self, outcome: str = "created", **given: Any) -> None:
        """The order stands, made from what was requested last."""
        made: dict[str, Any] = {"lineItems": [line()], "tags": ["TikTok Shop"], **given}
        options = {"inventoryBehaviour": made.pop("inventory", "DECREMENT_IGNORING_POLICY")}
        gid = await self.sim.create(options, shippingAddress=address(), **made)
        history = await self.world.store.read(order_stream(SHOP_ID, ORDER_ID))
        requested = orders.fold(history).requested
        draft = requested.event.draft_version if requested else None
        await self.world.hear(
            events.ShopifyOrderCreated.model_validate(
                {
                    **IDS,
                    "outcome": outcome,
                    "store": STORE,
                    "shopify_order_id": gid,
                    "draft_version": draft,
                }
            )
        )

    async def stands(self, **draft: Any) -> None:
        """An ordinary order in Shopify; keywords change its draft."""
        await self.world.hear(self.snapshot or self.seen())
        await self.request(**draft)
        inventory = draft.get("inventory", "DECREMENT_IGNORING_POLICY")
        await self.create(inventory=inventory)

    async def stands_at(self, street: str) -> None:
        """The same, for a buyer in this street."""
        self.seen(recipient=await self.keep(planted(street)))
        await self.stands()

    async def happens(self, **changes: Any) -> None:
        """TikTok changes the order, and all that follows is done."""
        await self.world.hear(self.seen(**changes))
        await self.world.work_until_settled()

    async def shown(self) -> Any:
        """What a merchant sees."""
        return view(orders.fold(await self.world.store.read(order_stream(SHOP_ID, ORDER_ID))))

    async def stock(self) -> int:
        found = await self.sim.ask(STOCK, id=TEE)
        return int(found["inventoryQuantity"])

    async def order(self) -> dict[str, Any]:
        order: dict[str, Any] = (await self.world.ordered())["order"]
        return order

    async def changes(self) -> list[tuple[str, str]]:
        """Each update that was applied."""
        return [
            (updated.change, updated.how)
            for updated in await self.world.told("ShopifyOrderUpdated")
        ]

    def calls(self, document: str) -> list[Any]:
        return [call.variables for call in self.world.shopify.calls if call.what == document]


@pytest.fixture
async def case(empty: Any) -> Case:
    """A shop that is connected to a store without orders."""
    await empty.say(*connected())
    return Case(empty)


async def choose(case: Case, cancellation: str) -> None:
    settings = events.OrderSettings.model_validate({"cancellation": cancellation})
    changed = events.OrderSettingsChanged(shop_id=SHOP_ID, settings=settings, changed_by="ana")
    await case.world.say(changed)


# cancellations


async def test_a_cancelled_order_is_cancelled_its_stock_given_back_and_nobody_told(
    case: Case,
) -> None:
    before = await case.stock()
    await case.stands()
    assert await case.stock() == before - 2
    await case.happens(status="CANCELLED", cancelled_by="BUYER")
    shown = await case.world.ordered()
    order = shown["order"]
    assert order["cancelledAt"] is not None
    assert (order["cancelReason"], order["refunds"], shown["mails"]) == ("CUSTOMER", [], [])
    assert await case.stock() == before
    assert await case.changes() == [("cancellation", "cancelled")]
    seen = await case.shown()
    assert (seen.status, seen.remark, seen.reason_code) == ("Synced", "Cancelled in TikTok", None)


async def test_the_wishes_for_many_cancellations_are_asked_for_at_once(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    await case.stands()
    other = {"order_id": "2"}
    there = created("gid://shopify/Order/2").model_copy(update=other)
    await case.world.hear(case.seen().model_copy(update=other), there)
    gone = case.seen(status="CANCELLED")
    await case.world.say(gone, gone.model_copy(update=other))
    asked: list[int] = []
    head: Callable[[], Awaitable[int]] = case.world.store.head

    async def counted() -> int:
        asked.append(1)
        return await head()

    monkeypatch.setattr(case.world.store, "head", counted)
    await case.world.process().hear()
    history = await case.world.store.read(order_stream(SHOP_ID, "2"))
    assert [recorded.name for recorded in history][-1] == "OrderCancelled"
    assert len(asked) == 1


async def test_stock_that_was_not_taken_is_not_given_back(case: Case) -> None:
    before = await case.stock()
    await case.stands(inventory="BYPASS")
    await case.happens(status="CANCELLED")
    assert (await case.order())["cancelledAt"] is not None
    assert await case.stock() == before


async def test_an_order_with_something_shipped_is_tagged_not_cancelled(case: Case) -> None:
    await case.stands()
    await case.world.fulfil()
    await case.happens(status="CANCELLED")
    order = await case.order()
    assert order["cancelledAt"] is None
    assert order["tags"] == ["TikTok Shop", "TikTok Shop Cancelled"]
    assert await case.changes() == [("cancellation", "tagged")]


async def test_a_part_is_tagged_and_shown_then_the_whole_is_cancelled(case: Case) -> None:
    await case.stands()
    await case.happens(lines=(story.line(1), story.line(2, status="CANCELLED")))
    (told,) = await case.world.told("OrderCancelled")
    found = (told.whole_order, told.action, told.line_ids)
    assert found == (False, "tag", (story.line(2).line_id,))
    assert "TikTok Shop Cancelled" in (await case.order())["tags"]
    assert (await case.shown()).remark == "Partly cancelled in TikTok"
    await case.happens(status="CANCELLED")
    assert (await case.order())["cancelledAt"] is not None
    assert await case.changes() == [("cancellation", "tagged"), ("cancellation", "cancelled")]


async def test_all_units_cancelled_is_the_whole_order(case: Case) -> None:
    await case.stands()
    gone = tuple(story.line(n, status="CANCELLED") for n in (1, 2))
    await case.happens(lines=gone)
    assert (await case.order())["cancelledAt"] is not None


async def test_the_setting_tag_tags(case: Case) -> None:
    await choose(case, "tag")
    await case.stands()
    await case.happens(status="CANCELLED")
    order = await case.order()
    assert (order["cancelledAt"], order["tags"][-1]) == (None, "TikTok Shop Cancelled")


async def test_the_setting_ignore_leaves_shopify_alone_and_shows_it(case: Case) -> None:
    await choose(case, "ignore")
    await case.stands()
    await case.happens(status="CANCELLED")
    assert case.world.shopify.calls == []
    assert (await case.shown()).remark == "Cancelled in TikTok"
    await choose(case, "cancel")
    await case.happens()
    assert case.world.shopify.calls == []  # what the setting was then is what was decided


async def test_an_order_a_person_cancelled_in_shopify_is_left_as_it_is(case: Case) -> None:
    await case.stands()
    gid = (await case.order())["id"]
    await case.sim.graph(
        "mutation C($id: ID!) { orderCancel(orderId: $id, reason: STAFF, restock: false)"
        " { job { id } } }",
        id=gid,
    )
    await case.happens(status="CANCELLED")
    assert case.world.shopify.asked() == [STANDING]
    assert await case.changes() == [("cancellation", "cancelled")]


async def test_an_order_adopted_after_tiktok_cancelled_it_is_left_alone(case: Case) -> None:
    await case.world.hear(case.seen(status="CANCELLED"))
    await case.create("adopted")
    await case.world.work_until_settled()
    assert (case.world.shopify.calls, await case.world.told("OrderCancelled")) == ([], [])


async def test_an_adopted_order_is_cancelled_without_touching_the_stock(case: Case) -> None:
    await case.world.hear(case.seen())
    await case.create("adopted")
    before = await case.stock()
    await case.happens(status="CANCELLED")
    assert (await case.order())["cancelledAt"] is not None
    assert await case.stock() == before


@pytest.mark.parametrize("fault", faults.OF_ANY_CALL)
async def test_whatever_happens_to_the_call_the_order_is_cancelled_once(
    case: Case, fault: Fault
) -> None:
    before = await case.stock()
    await case.stands()
    case.world.shopify.faults[CANCEL] = [fault]
    await case.happens(status="CANCELLED")
    history = [entry["operation"] for entry in (await case.world.ordered())["history"]]
    assert history.count("orderCancel") == 1
    assert await case.stock() == before
    assert await case.changes() == [("cancellation", "cancelled")]
    assert {job.state for job in await case.world.jobs()} == {"done"}


async def test_a_cancellation_in_doubt_is_looked_up_before_it_is_asked_for_again(
    case: Case,
) -> None:
    await case.stands()
    case.world.shopify.faults[CANCEL] = [faults.lost_before]
    await case.world.hear(case.seen(status="CANCELLED"))
    (outcome,) = await case.world.work()
    assert isinstance(outcome, InDoubt)
    case.world.now = outcome.due_at
    (outcome,) = await case.world.work()
    assert isinstance(outcome, InDoubt)
    assert case.world.shopify.asked() == [STANDING, CANCEL, STANDING]
    await case.world.work_until_settled()
    assert len(case.calls(CANCEL)) == 2
    assert (await case.order())["cancelledAt"] is not None


@pytest.mark.parametrize("fault", faults.OF_ANY_CALL)
async def test_whatever_happens_to_the_call_the_tag_is_there_once(case: Case, fault: Fault) -> None:
    await choose(case, "tag")
    await case.stands()
    case.world.shopify.faults[TAG] = [fault]
    await case.happens(status="CANCELLED")
    assert (await case.order())["tags"] == ["TikTok Shop", "TikTok Shop Cancelled"]
    assert await case.changes() == [("cancellation", "tagged")]


# corrections


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


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_refused_cancellation_is_judged_by_how_the_order_stands(
    case: Case, *, is_done: bool
) -> None:
    async def refuse(shop: ShopifySide, call: Call) -> Answer:
        if is_done:
            await shop.answer(call)
        odd = UserError("INVALID", ("orderId",), RefusalKind.OTHER)
        return Refused((odd,), call=shop.facts())

    await case.stands()
    case.world.shopify.faults[CANCEL] = [refuse]
    await case.happens(status="CANCELLED", cancelled_by="BUYER")
    if is_done:
        assert await case.changes() == [("cancellation", "cancelled")]
    else:
        (failed,) = await case.world.told("ShopifyUpdateFailed")
        assert failed.reason_code == "update_refused"


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


async def test_redelivery_of_every_record_changes_nothing(case: Case) -> None:
    await case.stands_at(STREET)
    await case.happens(recipient=await case.keep(planted(OTHER_STREET)))
    await case.happens(status="CANCELLED")
    calls, length = len(case.world.shopify.calls), await case.version()
    await case.world.job_store.purge_done(case.world.now + timedelta(hours=1))
    for recorded in await case.world.store.read_after(0, 1_000):
        await case.world.redeliver(recorded)
    case.world.kafka.rewind("status-tracker")
    await case.world.hear()
    await case.world.work_until_settled()
    assert (len(case.world.shopify.calls), await case.version()) == (calls, length)


# changed while waiting


async def test_what_changed_while_a_create_was_in_doubt_is_applied_as_a_difference(
    case: Case,
) -> None:
    case.seen(recipient=await case.keep(planted(STREET)))
    await case.world.hear(case.snapshot)
    await case.request()
    await case.world.hear(case.seen(recipient=await case.keep(planted(OTHER_STREET))))
    assert await case.world.work() == []
    await case.create("found")
    await case.world.work_until_settled()
    assert (await case.order())["shippingAddress"]["address1"] == OTHER_STREET


async def test_what_was_cancelled_while_a_create_was_in_doubt_is_cancelled_then(case: Case) -> None:
    await case.world.hear(case.seen())
    await case.request()
    await case.world.hear(case.seen(status="CANCELLED"))
    assert await case.world.told("OrderCancelled") == []
    await case.create("found")
    await case.world.work_until_settled()
    assert (await case.order())["cancelledAt"] is not None


async def test_an_order_found_after_two_drafts_may_be_either_and_is_made_right(case: Case) -> None:
    """A create believed absent arrives late, and the next attempt finds it: the older address."""
    case.seen(recipient=await case.keep(planted(STREET)))
    await case.world.hear(case.snapshot)
    await case.request()
    not_created = events.ShopifyOrderFailed(
        **IDS, store=STORE, draft_version=2, attempt=1, reason_code="not_created"
    )
    await case.world.hear(not_created)
    await case.world.hear(case.seen(recipient=await case.keep(planted(OTHER_STREET))))
    await case.request()
    await case.create("found")
    await case.world.work_until_settled()
    assert (await case.order())["shippingAddress"]["address1"] == OTHER_STREET


STEPS = ("requested", "changed", "cancelled", "created")


@pytest.mark.parametrize("outcome", ["created", "found"])
@pytest.mark.parametrize(
    "steps",
    [order for order in itertools.permutations(STEPS) if order.index("requested") == 0]
    + [("changed", "requested", "created", "cancelled"), ("requested", "created", "changed")],
    ids=" ".join,
)
async def test_in_whatever_order_it_is_told_the_order_ends_as_tiktok_has_it(
    case: Case, steps: tuple[str, ...], outcome: str
) -> None:
    case.seen(recipient=await case.keep(planted(STREET)))
    await case.world.hear(case.snapshot)
    address_at_draft = STREET
    for step in steps:
        match step:
            case "requested":
                await case.request()
                address_at_draft = STREET if "changed" not in steps[: steps.index(step)] else ""
            case "changed":
                changed = await case.keep(planted(OTHER_STREET))
                await case.world.hear(case.seen(recipient=changed))
            case "cancelled":
                await case.world.hear(case.seen(status="CANCELLED"))
            case _:
                await case.create(outcome)
        await case.world.work()
    await case.world.work_until_settled()
    order = await case.order()
    assert (order["cancelledAt"] is not None) == ("cancelled" in steps)
    if "cancelled" not in steps and address_at_draft:
        assert order["shippingAddress"]["address1"] == OTHER_STREET
    assert {job.state for job in await case.world.jobs()} <= {"done"}


# deliveries from two locations

MUG, BOWL = "gid://shopify/ProductVariant/1", "gid://shopify/ProductVariant/2"
SKUS = {MUG: "MUG-BLUE-11", BOWL: "BOWL-RED-6"}


async def two_places(case: Case, bowls: int = 1) -> None:
    """An order of one mug from the east and bowls from the west."""
    places = {MUG: "East", BOWL: "West"}
    variants = [
        {"id": gid, "sku": SKUS[gid], "title": "T", "price": "1.00", "location": place}
        for gid, place in places.items()
    ]
    (await case.sim.put(variants=variants)).raise_for_status()
    others = (story.line(n + 2, seller_sku=SKUS[BOWL]) for n in range(bowls))
    await case.world.hear(case.seen(lines=(story.line(1), *others)))
    await case.request()
    lines = [line(variantId=gid, quantity=1 if gid == MUG else bowls) for gid in SKUS]
    await case.create(lineItems=lines)


def moving(case: Case, **parcels: str) -> dict[str, Any]:
    """All units are on their way; keywords: the package of each unit by its number."""
    assert case.snapshot is not None
    lines = tuple(
        unit.model_copy(
            update={
                "status": "IN_TRANSIT",
                "package_id": parcels.get(f"u{n}", ""),
                "tracking_number": parcels.get(f"u{n}", ""),
            }
        )
        for n, unit in enumerate(case.snapshot.lines, start=1)
    )
    packages = tuple(sorted(set(parcels.values())))
    number = "" if parcels else "1Z999"
    return {
        "status": "IN_TRANSIT",
        "lines": lines,
        "package_ids": packages,
        "tracking_number": number,
    }


async def sent(case: Case) -> list[tuple[str, int, list[str]]]:
    """Each fulfilment: tracking number, units, events."""
    return [
        (
            sent["trackingInfo"][0]["number"],
            sent["totalQuantity"],
            [event["status"] for event in sent["events"]["nodes"]],
        )
        for sent in (await case.world.ordered())["fulfillments"]
    ]


@pytest.mark.parametrize("fault", [None, *faults.OF_ANY_CALL])
@pytest.mark.parametrize("at", [0, 1], ids=["first", "second"])
async def test_a_whole_order_in_two_locations_is_fulfilled_in_both_once(
    case: Case, fault: Fault | None, at: int
) -> None:
    await two_places(case)
    case.world.shopify.faults["fulfillment_create"] = [*[None, None][:at], fault]
    await case.happens(**moving(case))
    assert await sent(case) == [("1Z999", 1, ["IN_TRANSIT"])] * 2
    assert (await case.order())["displayFulfillmentStatus"] == "FULFILLED"
    (synced,) = await case.world.told("DeliveryStatusSynced")
    assert len(set(synced.fulfillment_ids)) == 2


async def test_packages_from_two_locations_are_split_right(case: Case) -> None:
    """One parcel with the mug and a bowl, one with the other bowl."""
    await two_places(case, bowls=2)
    await case.happens(**moving(case, u1="p1", u2="p1", u3="p2"))
    assert sorted(await sent(case)) == [
        ("p1", 1, ["IN_TRANSIT"]),
        ("p1", 1, ["IN_TRANSIT"]),
        ("p2", 1, ["IN_TRANSIT"]),
    ]
    arrived = case.world.now
    assert case.snapshot is not None
    units = case.snapshot.lines
    delivered = tuple(unit.model_copy(update={"status": "DELIVERED"}) for unit in units)
    await case.happens(status="DELIVERED", delivered_at=arrived, lines=delivered)
    assert [events_ for _, _, events_ in await sent(case)] == [["IN_TRANSIT", "DELIVERED"]] * 3


# nobody is told


async def test_no_call_of_ours_tells_anybody(case: Case) -> None:
    """Every flag by which a change may mail somebody is false, or absent where absent is none."""
    await case.stands_at(STREET)
    await case.happens(recipient=await case.keep(planted(OTHER_STREET)))
    sent = tuple(story.line(n, status="IN_TRANSIT") for n in (1, 2))
    await case.happens(status="IN_TRANSIT", tracking_number="1Z999", lines=sent)
    await case.happens(status="CANCELLED")
    for document in ("fulfillment_create", UPDATE, TAG):
        assert case.calls(document), document
    flags = [
        value
        for call in case.world.shopify.calls
        for key, value in walk(call.variables)
        if "notify" in key.lower() or key.lower().startswith("send")
    ]
    assert flags
    assert not any(flags)
    assert (await case.world.ordered())["mails"] == []


def walk(value: Any) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from walk(inner)
    if isinstance(value, list):
        for inner in value:
            yield from walk(inner)


async def test_a_cancellation_says_that_nobody_is_notified_and_refunds_nothing(case: Case) -> None:
    await case.stands()
    await case.happens(status="CANCELLED")
    (variables,) = case.calls(CANCEL)
    assert variables["notifyCustomer"] is False
    assert not {"refund", "refundMethod"} & set(variables)
