"""What of a buyer's data is not sent, and what it is called."""

from typing import Any

import pytest

from shopify.refusals import UserError, read_user_error
from shopify_jobs.left_out import LONGEST, LeftOut

ADDRESS = {
    "firstName": "Petra",
    "lastName": "Plantedbuyer",
    "address1": "77 Planted Parkway",
    "address2": "Suite 100",
    "city": "Los Angeles",
    "provinceCode": "CA",
    "countryCode": "US",
    "zip": "90066",
    "phone": "+12135550147",
}
CUSTOMER = {"email": "v2@scs.tiktokw.us", "firstName": "Petra", "lastName": "Plantedbuyer"}
GIVEN: dict[str, Any] = {
    "shippingAddress": ADDRESS,
    "customer": {"toUpsert": CUSTOMER},
    "note": "Ring twice",
}


def about(*path: str) -> UserError:
    return read_user_error({"field": ["order", *path], "message": "is odd", "code": "INVALID"})


def without(*paths: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is sent after these refusals, one after the other."""
    left_out = LeftOut()
    for path in paths:
        sent, _ = left_out.take_from(GIVEN)
        more = left_out.and_also(sent, [about(*path)])
        assert more is not None
        left_out = more
    return left_out.take_from(GIVEN)


def test_without_a_refusal_everything_is_sent() -> None:
    assert LeftOut().take_from(GIVEN) == (GIVEN, ())


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (("shippingAddress", "firstName"), "first name"),
        (("shippingAddress", "address1"), "address1"),
        (("shippingAddress", "address2"), "address2"),
        (("shippingAddress", "city"), "city"),
        (("shippingAddress", "province"), "province"),
        (("shippingAddress", "zip"), "zip"),
        (("shippingAddress", "phone"), "phone"),
    ],
)
def test_a_field_of_the_address_goes_alone(path: tuple[str, ...], said: str) -> None:
    sent, names = without(path)
    field = {"province": "provinceCode"}.get(path[-1], path[-1])
    assert sent["shippingAddress"] == {key: ADDRESS[key] for key in ADDRESS if key != field}
    assert (sent["customer"], sent["note"], names) == (GIVEN["customer"], "Ring twice", (said,))


def test_a_last_name_is_replaced_and_then_takes_the_address_with_it() -> None:
    path = ("shippingAddress", "lastName")
    sent, names = without(path)
    assert (sent["shippingAddress"]["lastName"], names) == ("-", ("last name",))
    sent, names = without(path, path)
    assert ("shippingAddress" in sent, names) == (False, ("address",))


@pytest.mark.parametrize("field", ["firstName", "lastName"])
def test_a_name_of_the_customer_goes_alone(field: str) -> None:
    sent, names = without(("customer", "toUpsert", field))
    assert field not in sent["customer"]["toUpsert"]
    said = {"firstName": "first", "lastName": "last"}[field]
    assert names == (f"customer's {said} name",)


@pytest.mark.parametrize(
    ("path", "key", "said"),
    [
        (("shippingAddress",), "shippingAddress", "address"),
        (("shippingAddress", "country"), "shippingAddress", "address"),
        (("billingAddress", "company"), "shippingAddress", "address"),
        (("customer", "toUpsert", "email"), "customer", "customer"),
        (("customer", "toUpsert"), "customer", "customer"),
        (("email",), "customer", "customer"),
        (("note",), "note", "note"),
    ],
)
def test_what_says_nothing_without_the_field_goes_whole(
    path: tuple[str, ...], key: str, said: str
) -> None:
    sent, names = without(path)
    assert (sent, names) == ({k: v for k, v in GIVEN.items() if k != key}, (said,))


def test_what_was_not_sent_or_is_not_the_buyers_leaves_nothing_out() -> None:
    assert LeftOut().and_also({"note": "x"}, [about("shippingAddress", "zip")]) is None
    assert LeftOut().and_also(GIVEN, [about("lineItems")]) is None
    assert LeftOut().and_also(GIVEN, []) is None


@pytest.mark.parametrize("part", LONGEST)
def test_a_text_is_cut_at_its_limit_and_no_earlier(part: tuple[str, ...]) -> None:
    for length, said in ((LONGEST[part], 0), (LONGEST[part] + 1, 1)):
        text: Any = "x" * length
        for step in reversed(part):
            text = {step: text}
        sent, names = LeftOut().take_from(text)
        found: Any = sent
        for step in part:
            found = found[step]
        assert (found, len(names)) == ("x" * LONGEST[part], said)
