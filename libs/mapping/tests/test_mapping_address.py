"""The recipient becomes Shopify's address and customer; what had to be left out is named."""

from typing import Any

import pytest

from mapping.address import ShippingAddress, split_name, to_address, to_customer, to_phone
from mapping.provinces import CODES, province_code
from mapping.recipient import Recipient

RELAY = "v4bABCDEFGHIJKLMNOPQRSTUV2345@scs.tiktokw.us"


def recipient(**changes: Any) -> Recipient:
    record = {
        "first_name": "Waltraud",
        "last_name": "Buyername",
        "phone": "(+1)2135551234",
        "email": RELAY,
        "line1": "1 Planted Street",
        "line2": "Apt 2",
        "city": "Los Angeles",
        "state": "California",
        "postal_code": "90001",
        "region": "US",
    }
    return Recipient.from_record(record | changes)


def made(**changes: Any) -> ShippingAddress:
    address = to_address(recipient(**changes))
    assert address is not None
    return address


def test_a_clear_address_is_taken_whole() -> None:
    address = made()
    assert address.left_out == ()
    assert address.fields == {
        "firstName": "Waltraud",
        "lastName": "Buyername",
        "address1": "1 Planted Street",
        "address2": "Apt 2",
        "city": "Los Angeles",
        "provinceCode": "CA",
        "countryCode": "US",
        "zip": "90001",
        "phone": "+12135551234",
    }


@pytest.mark.parametrize(
    ("names", "first", "last"),
    [
        ({}, "Waltraud", "Buyername"),
        ({"last_name": "", "first_name": "Waltraud Buyername"}, "Waltraud", "Buyername"),
        ({"last_name": "", "first_name": "", "name": "Ana de la Cruz"}, "Ana de la", "Cruz"),
        ({"last_name": "", "first_name": "Cher"}, None, "Cher"),
        ({"last_name": "", "first_name": ""}, None, "-"),
        ({"last_name": "", "first_name": "", "name": "  "}, None, "-"),
    ],
)
def test_the_last_name_is_never_empty(names: dict[str, str], first: str | None, last: str) -> None:
    fields = made(**names).fields
    assert (fields.get("firstName"), fields["lastName"]) == (first, last)


@pytest.mark.parametrize(
    ("phone", "made"),
    [
        ("(+1)2135551234", "+12135551234"),
        ("+1 213-555-1234", "+12135551234"),
        ("2135551234", "+12135551234"),
        ("12135551234", "+12135551234"),
        ("(213) 555-1234", "+12135551234"),
        ("(+1)213-***-1234", ""),
        ("(+1)973*****15", ""),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_a_phone_becomes_plus_and_digits_or_is_left_out(phone: str, made: str) -> None:
    assert to_phone(phone) == made


def test_a_masked_phone_is_left_out_and_said_so() -> None:
    address = made(phone="(+1)213-***-1234")
    assert "phone" not in address.fields
    assert address.left_out == ("phone",)
    assert made(phone="").left_out == ()


@pytest.mark.parametrize(
    ("changes", "province"),
    [
        ({"state": "Massachusetts"}, "MA"),
        ({"state": "massachusetts "}, "MA"),
        ({"state": "MA"}, "MA"),
        ({"state": "", "state_code": "US-MA"}, "MA"),
        ({"state": "Massachusetts", "state_code": "MA"}, "MA"),
        ({"state": "District of Columbia"}, "DC"),
        ({"state": "Washington DC"}, "DC"),
        ({"state": "Armed Forces Europe"}, "AE"),
        ({"state": "AP"}, "AP"),
        ({"state": "Puerto Rico"}, "PR"),
        ({"state": "", "region": "PR"}, "PR"),
        ({"state": "San Juan", "region": "PR"}, "PR"),
        ({"state": "", "region": "GU"}, "GU"),
        ({"state": "Bavaria"}, None),
        ({"state": ""}, None),
    ],
)
def test_a_state_becomes_its_province_code_however_it_is_named(
    changes: dict[str, str], province: str | None
) -> None:
    assert made(**changes).fields.get("provinceCode") == province


@pytest.mark.parametrize("region", ["US", "PR", "GU", "UM", ""])
def test_territories_belong_to_the_us(region: str) -> None:
    assert made(region=region).fields["countryCode"] == "US"


def test_every_state_is_known_by_name_and_by_code() -> None:
    assert len(CODES) == len(set(CODES.values())) == 62
    for name, code in CODES.items():
        assert province_code(name.title()) == code
        assert province_code(code) == code
        assert province_code("", f"US-{code}") == code


@pytest.mark.parametrize(
    ("changes", "line1"),
    [
        ({}, "1 Planted Street"),
        ({"line1": "", "detail": "2 Detail Road"}, "2 Detail Road"),
        ({"line1": "", "full_address": "3 Full Way, LA"}, "3 Full Way, LA"),
    ],
)
def test_the_street_is_taken_from_where_tiktok_put_it(changes: dict[str, str], line1: str) -> None:
    assert made(**changes).fields["address1"] == line1


def test_without_street_city_and_zip_there_is_no_address() -> None:
    assert to_address(recipient(line1="", city="", postal_code="")) is None
    assert to_address(Recipient()) is None


def test_a_masked_address_is_taken_as_far_as_it_goes() -> None:
    fields = made(line1="1 P***", postal_code="9****", last_name="B***").fields
    assert (fields["address1"], fields["lastName"]) == ("1 P***", "B***")


def test_a_customer_is_known_by_the_relay_mail_and_a_clear_name() -> None:
    assert to_customer(recipient()) == {
        "email": RELAY,
        "firstName": "Waltraud",
        "lastName": "Buyername",
    }


def test_a_masked_name_never_goes_into_the_customer() -> None:
    assert to_customer(recipient(last_name="B***")) == {"email": RELAY, "firstName": "Waltraud"}
    assert to_customer(recipient(first_name="W*", last_name="B*")) == {"email": RELAY}


@pytest.mark.parametrize("email", ["", "  ", "v4b***@scs.tiktokw.us", "no mail"])
def test_without_a_clear_relay_mail_there_is_no_customer(email: str) -> None:
    assert to_customer(recipient(email=email)) is None


@pytest.mark.parametrize(
    ("changes", "masked"),
    [
        ({}, False),
        ({"phone": "(+1)213-***-1234"}, True),
        ({"last_name": "B***"}, True),
        ({"line1": "1 P***"}, True),
        ({"email": "v4b***@scs.tiktokw.us"}, False),
    ],
)
def test_a_recipient_is_masked_when_name_phone_or_address_is(
    changes: dict[str, str], masked: bool
) -> None:
    assert recipient(**changes).is_masked is masked


def test_a_recipient_survives_the_vault() -> None:
    given = recipient()
    assert Recipient.from_record(given.to_record() | {"later": "field"}) == given
    assert "line1" not in recipient(line1="").to_record()


def test_personal_data_is_never_shown_by_accident() -> None:
    address = to_address(recipient())
    for shown in (repr(recipient()), str(recipient()), repr(address)):
        for value in ("Waltraud", "Buyername", "Planted", "2135551234", RELAY):
            assert value not in shown


def test_a_name_of_one_word_is_the_last_name() -> None:
    assert split_name(Recipient(name="Cher")) == ("", "Cher")
