"""Given what an order was made from and what TikTok says now, then this is changed in Shopify."""

from typing import Any

import pytest
from tests.world.story import ORDER_ID, SHOP_ID, STORE, created, fetched, folded, line
from tests.world.writer import a_draft

from ordersync_contracts import events
from ordersync_contracts.events import Event, VaultReference
from status_tracker.corrections.domain import Correction, beyond_reach, corrections

IDS = {"shop_id": SHOP_ID, "order_id": ORDER_ID}
LATER = fetched().asked_at


def address(digest: str, **changes: Any) -> VaultReference:
    return VaultReference(kind="recipient", version=1, digest=digest, **changes)


def note(digest: str) -> VaultReference:
    return VaultReference(kind="message", version=1, digest=digest)


def made_from(**draft: Any) -> tuple[Event, ...]:
    """A snapshot, its draft, the request for that draft, and the order that came of it."""
    requested = events.ShopifyOrderRequested(
        **IDS, store=STORE, draft_version=2, attempt=1, idempotency_key="k", input_digest="d"
    )
    made = created().model_copy(update={"draft_version": 2})
    snapshot = fetched(recipient=draft.get("recipient"), message=draft.get("message"))
    return snapshot, a_draft(tags=("TikTok Shop",), **draft), requested, made


def adopted(**snapshot: Any) -> tuple[Event, ...]:
    """An order that was found in the store: another connector made it of what TikTok said then."""
    return fetched(**snapshot), created().model_copy(update={"outcome": "adopted"})


def now(**changes: Any) -> events.OrderFetched:
    return fetched(updated_at=LATER, **changes)


def test_what_changed_since_the_order_was_made_is_corrected() -> None:
    before = made_from(recipient=address("a"), message=note("m"))
    snapshot = now(recipient=address("b"), message=note("n"), lines=(line(is_gift=True),))
    assert corrections(folded(*before, snapshot)) == (
        Correction("address", 5, "b", reference=address("b")),
        Correction("note", 5, "n", reference=note("n")),
        Correction("tags", 5, "TikTok Shop Gift", tags=("TikTok Shop Gift",)),
    )


def test_what_did_not_change_is_not_written_again() -> None:
    before = made_from(recipient=address("a"), message=note("m"))
    assert corrections(folded(*before, now(recipient=address("a"), message=note("m")))) == ()


def test_of_an_adopted_order_only_what_changed_since_it_was_found_is_corrected() -> None:
    before = adopted(recipient=address("a"), message=note("m"))
    assert corrections(folded(*before, now(recipient=address("a"), message=note("m")))) == ()
    changed = now(recipient=address("b"), message=note("m"))
    assert corrections(folded(*before, changed)) == (
        Correction("address", 3, "b", reference=address("b")),
    )


@pytest.mark.parametrize(
    "gone",
    [{"status": "CANCELLED"}, {"lines": (line(status="CANCELLED"),)}],
    ids=["the order", "each of its units"],
)
def test_nothing_of_an_order_that_is_cancelled_is_corrected_or_shown(gone: dict[str, Any]) -> None:
    hidden = address("b", hidden_correction="c0ffee")
    before, changes = made_from(recipient=address("a")), {"recipient": hidden, "shipping_type": "X"}
    stands, is_gone = (folded(*before, now(**changes, **with_it)) for with_it in ({}, gone))
    assert [len(corrections(stands)), len(list(beyond_reach(stands)))] == [1, 2]
    assert (corrections(is_gone), list(beyond_reach(is_gone))) == ((), [])


def test_an_address_of_which_tiktok_hides_the_change_is_shown_once() -> None:
    hidden = now(recipient=address("a", hidden_correction="c0ffee"))
    said = (*made_from(recipient=address("a")), hidden)
    (shown,) = beyond_reach(folded(*said))
    assert shown == events.ShopifyUpdateFailed(
        **IDS,
        store=STORE,
        shopify_order_id="gid://shopify/Order/1",
        change="address",
        reason_code="address_changed_masked",
        field="recipient_address",
        content="c0ffee",
    )
    assert list(beyond_reach(folded(*said, shown))) == []


def test_an_order_that_does_not_stand_is_not_corrected() -> None:
    before = made_from(recipient=address("a"))[:3]
    assert corrections(folded(*before, now(recipient=address("b")))) == ()


def test_tags_that_were_added_are_not_added_again() -> None:
    gift, sample = "TikTok Shop Gift", "TikTok Shop Sample"
    added = events.ShopifyOrderUpdated(
        **IDS,
        store=STORE,
        shopify_order_id="gid://shopify/Order/1",
        snapshot_version=1,
        change="tags",
        content=gift,
    )
    said = (*made_from(), added)
    both = added.model_copy(update={"content": f"{gift},{sample}"})
    snapshot = now(lines=(line(is_gift=True),), is_sample=True)
    assert corrections(folded(*said, now(lines=(line(is_gift=True),)))) == ()
    (found,) = corrections(folded(*said, snapshot))
    assert (found.content, found.tags) == (f"{gift},{sample}", (sample,))
    assert corrections(folded(*made_from(), both, snapshot)) == ()
