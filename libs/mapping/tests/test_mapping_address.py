"""The recipient becomes Shopify's address and customer; what had to be left out is named."""

from dataclasses import astuple
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.address import ShippingAddress, split_name, to_address, to_customer
from mapping.full_address import with_places
from mapping.masks import is_masked
from mapping.phones import Phone, read_phone
from mapping.provinces import CODES, province_code
from mapping.recipient import Buyer, Recipient

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
        ("213.555.1234", "+12135551234"),
        ("213\u2013555\u20131234", "+12135551234"),
        ("(+1)12135551234", "+12135551234"),
        ("(+1)1 213 555 1234", "+12135551234"),
        ("+1 (+1) 2135551234", ""),
        ("(+49)015123456789", "+4915123456789"),
        ("(+1)7875550123", "+17875550123"),
        ("(299) 234-5678", "+12992345678"),
        ("+1 0212 234 5678", ""),
        ("(+1)213-***-1234", ""),
        ("(+1)973*****15", ""),
        ("(+1)213XXX1234", ""),
        ("213-xxx-1234", ""),
        ("213555x1234", ""),
        ("XXXXXX1234", ""),
        ("(+1)213\u2022\u2022\u20221234", ""),
        ("213-###-1234", ""),
        ("1-800-FLOWERS", ""),
        ("213 555 1234 / 310 555 9999", ""),
        ("5551234", ""),
        ("1213555123", ""),
        ("(+1)0135551234", ""),
        ("(+1)213555123456", ""),
        ("(+999)2135551234", ""),
        ("", ""),
        ("unknown", ""),
        ("call me", ""),
    ],
)
def test_a_phone_is_sent_only_when_it_surely_is_one(phone: str, made: str) -> None:
    read = read_phone(phone)
    assert (read.number if read else "") == made


@pytest.mark.parametrize(
    "phone",
    [
        "(+1)213-555-1234 ext. 22",
        "213-555-1234 x22",
        "2135551234 Extension 22",
        "+12135551234;ext=22",
        "(213) 555-1234 (ext 22)",
        "213-555-1234 #22",
    ],
)
def test_an_extension_is_kept_apart_from_the_number_and_said(phone: str) -> None:
    assert read_phone(phone) == Phone("+12135551234", "22")
    address = made(phone=phone)
    assert address.fields["phone"] == "+12135551234"
    assert address.left_out == ("phone extension",)


@settings(max_examples=300, deadline=None)
@given(text=st.text("0123456789()+-. xX*#\u2022ext", max_size=24))
def test_whatever_is_written_a_sent_phone_holds_the_digits_that_were_given(text: str) -> None:
    phone = read_phone(text)
    if phone is None:
        return
    digits = "".join(char for char in text if char.isdigit())
    assert phone.number.startswith("+")
    assert digits.endswith(phone.extension)
    assert phone.number.removeprefix("+1") in digits
    assert not is_masked(text)


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
        ({"state": "Washington, D.C."}, "DC"),
        ({"state": "D.C."}, "DC"),
        ({"state": "District of Columbia (DC)"}, "DC"),
        ({"state": "CA - California"}, "CA"),
        ({"state": "California, USA"}, "CA"),
        ({"state": "US-CA"}, "CA"),
        ({"state": "State of California"}, "CA"),
        ({"state": "Commonwealth of Massachusetts"}, "MA"),
        ({"state": "N. Carolina"}, "NC"),
        ({"state": "U.S. Virgin Islands"}, "VI"),
        ({"state": "", "state_code": "usa-ca"}, "CA"),
        ({"state": "Armed Forces Middle East"}, "AE"),
        ({"state": "Armed Forces Europe, the Middle East, and Canada"}, "AE"),
        ({"state": "Armed Forces - Africa"}, "AE"),
        ({"state": "Armed Forces Americas (except Canada)"}, "AA"),
        ({"state": "Armed Forces (the) Americas"}, "AA"),
        ({"state": "U.S. Armed Forces \u2013 Pacific"}, "AP"),
        ({"state": "Armed Forces", "postal_code": "09301"}, "AE"),
        ({"state": "Armed Forces", "postal_code": "96201"}, "AP"),
        ({"state": "", "city": "APO", "postal_code": "09301"}, "AE"),
        ({"state": "", "city": "fpo", "postal_code": "34001-1234"}, "AA"),
        ({"state": "", "city": "DPO", "postal_code": "96201"}, "AP"),
        ({"state": "", "city": "APO", "postal_code": "90001"}, None),
        ({"state": "Armed Forces", "postal_code": "90001"}, None),
        ({"state": "Kansas or Missouri"}, None),
        ({"state": "Kansas, Missouri"}, None),
        ({"state": "C*********"}, None),
        ({"state": "", "region": "pri"}, "PR"),
        ({"state": "Bavaria"}, None),
        ({"state": ""}, None),
    ],
)
def test_a_state_becomes_its_province_code_however_it_is_named(
    changes: dict[str, str], province: str | None
) -> None:
    assert made(**changes).fields.get("provinceCode") == province


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, ()),
        ({"state": "Bavaria"}, ("province",)),
        ({"state": "C*********"}, ("province",)),
        ({"state": ""}, ("province",)),
        ({"city": ""}, ("city",)),
        ({"postal_code": ""}, ("zip",)),
        ({"line1": ""}, ("address1",)),
        ({"city": "", "state": "", "postal_code": ""}, ("city", "province", "zip")),
        ({"city": "", "region": "CA", "state": ""}, ()),
    ],
)
def test_what_an_address_lacks_or_cannot_be_read_is_said(
    changes: dict[str, str], missing: tuple[str, ...]
) -> None:
    assert made(**changes).left_out == missing


NOTHING = {"line1": "", "line2": "", "city": "", "state": "", "postal_code": ""}
WHOLE = {"city": "Los Angeles", "provinceCode": "CA", "zip": "90012"}


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("123 Main St, Los Angeles, California 90012", WHOLE | {"address1": "123 Main St"}),
        ("123 Main St, Los Angeles, CA, 90012, US", WHOLE | {"address1": "123 Main St"}),
        ("123 Main St, Apt 4, Los Angeles, CA 90012", WHOLE | {"address1": "123 Main St, Apt 4"}),
        ("123 Main St, Los Angeles CA 90012", WHOLE | {"address1": "123 Main St"}),
        (
            "123 Main St, Los Angeles, Los Angeles County, California, 90012-1234, United States",
            WHOLE | {"address1": "123 Main St", "zip": "90012-1234"},
        ),
        (
            "United States, California, Los Angeles County, Los Angeles, 90012, 123 Main St",
            WHOLE | {"address1": "123 Main St"},
        ),
        (
            "1 W 2nd St, New York, New York 10001",
            {"city": "New York", "provinceCode": "NY", "zip": "10001", "address1": "1 W 2nd St"},
        ),
        (
            "PSC 1 Box 2, APO, Armed Forces Middle East 09301",
            {"city": "APO", "provinceCode": "AE", "zip": "09301", "address1": "PSC 1 Box 2"},
        ),
        (
            "7* P******, Los Angeles, California 900**",
            WHOLE | {"address1": "7* P******", "zip": "900**"},
        ),
    ],
)
def test_an_address_of_one_line_is_read_where_nothing_else_says_more(
    line: str, fields: dict[str, str]
) -> None:
    address = made(**NOTHING, full_address=line)
    assert {key: address.fields[key] for key in fields} == fields
    assert address.left_out == ()


@pytest.mark.parametrize(
    "line", ["12 Washington, Springfield", "5 Virginia", "somewhere", "Kansas or Missouri, 5 St"]
)
def test_a_line_that_is_not_clear_names_no_state(line: str) -> None:
    address = made(**NOTHING, full_address=line)
    assert "provinceCode" not in address.fields
    assert {"city", "province", "zip"} <= {*address.left_out}
    assert address.fields["address1"] == line


AUSTIN = {"city": "Austin", "provinceCode": "TX", "zip": "78701"}


@pytest.mark.parametrize("end", ["Austin, TX, 78701", "Austin, Texas 78701", "Austin TX 78701"])
@pytest.mark.parametrize(
    "street",
    ["PO Box 12345", "N8000 County Road 10023", "Ranch Road 12345, Apt 4", "12345, Main St"],
)
def test_a_number_of_a_street_or_a_box_is_no_zip(street: str, end: str) -> None:
    address = made(**NOTHING, full_address=f"{street}, {end}")
    assert {key: address.fields[key] for key in AUSTIN} == AUSTIN
    assert address.fields["address1"] == street
    assert address.left_out == ()


@pytest.mark.parametrize("street", ["PO Box 12345", "N8000 County Road 10023"])
@pytest.mark.parametrize("end", ["Austin, TX", "Austin, Texas", "Austin TX"])
def test_where_no_zip_stands_none_is_taken_from_the_street(street: str, end: str) -> None:
    address = made(**NOTHING, full_address=f"{street}, {end}")
    assert {key: address.fields[key] for key in ("city", "provinceCode")} == {
        "city": "Austin",
        "provinceCode": "TX",
    }
    assert address.fields["address1"] == street
    assert address.left_out == ("zip",)


@pytest.mark.parametrize("zip_code", ["78701", ""])
@pytest.mark.parametrize(
    "line",
    ["5 Main St, Austin, Texas, Apt 4", "Austin, Texas, 5 Main St", "5 Main St, Texas, Austin"],
)
def test_a_line_with_something_on_both_sides_of_its_state_stays_whole(
    line: str, zip_code: str
) -> None:
    whole = ", ".join(filter(None, (line, zip_code)))
    address = made(**NOTHING, full_address=whole)
    assert address.fields["address1"] == whole
    assert address.fields.get("zip", "") == zip_code
    assert address.left_out == (("city", "province") if zip_code else ("city", "province", "zip"))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"state": "Bavaria"}, ("Los Angeles", "CA", "90001")),
        ({"state": "C***"}, ("Los Angeles", "CA", "90001")),
        ({"city": ""}, ("Burbank", "CA", "90001")),
        ({"postal_code": ""}, ("Los Angeles", "CA", None)),
        ({"city": "", "state": "Nevada"}, ("Burbank", "NV", "90001")),
    ],
)
def test_only_what_is_missing_is_taken_from_the_one_line(
    changes: dict[str, str], found: tuple[str | None, ...]
) -> None:
    fields = made(**changes, full_address="1 Planted Street, Burbank, California 91501").fields
    assert tuple(fields.get(key) for key in ("city", "provinceCode", "zip")) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Texas", ("", "", "")),
        ("Texas, 5 Main St", ("5 Main St", "", "")),
        ("5 Main St, Austin, Texas", ("5 Main St", "Austin", "")),
    ],
)
def test_what_a_line_with_a_state_does_not_name_stays_empty(
    line: str, found: tuple[str, str, str]
) -> None:
    placed = with_places(recipient(**NOTHING, full_address=line))
    assert (placed.line1, placed.city, placed.postal_code) == found
    assert placed.state == "Texas"


@pytest.mark.parametrize("line", ["United States", " , ,", "90012"])
def test_a_line_without_any_place_says_nothing(line: str) -> None:
    address = made(**NOTHING, full_address=line)
    assert "provinceCode" not in address.fields
    assert {"city", "province"} <= {*address.left_out}


def test_a_buyer_of_whom_nothing_is_known_has_no_address_and_no_message() -> None:
    assert (Buyer().recipient, Buyer().message) == (None, None)


def test_a_street_of_its_own_stays_beside_an_address_of_one_line() -> None:
    line = "123 Main St Apt 4, Los Angeles, California 90012"
    fields = made(city="", state="", postal_code="", full_address=line).fields
    found = (fields["address1"], fields["address2"], fields["city"], fields["zip"])
    assert found == ("1 Planted Street", "Apt 2", "Los Angeles", "90012")


@pytest.mark.parametrize("region", ["US", "us", "USA", "PR", "GU", "UM", ""])
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


@pytest.mark.parametrize("mask", ["*", "\u2022", "\uff0a"])
def test_whatever_hides_a_name_it_never_goes_into_the_customer(mask: str) -> None:
    hidden = recipient(last_name=f"B{mask * 3}")
    assert to_customer(hidden) == {"email": RELAY, "firstName": "Waltraud"}
    assert hidden.is_masked


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


def test_a_recipient_of_whom_nothing_is_told_has_only_empty_parts() -> None:
    assert set(astuple(Recipient())) == {""}


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
