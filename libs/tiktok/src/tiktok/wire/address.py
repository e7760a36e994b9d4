"""Where an order goes (Partner Center: Get Order List 202309, ``recipient_address``)."""

from typing import ClassVar

from pydantic import Field

from tiktok.wire.values import WireObject


class District(WireObject):
    """One administrative level. Which level is which differs: go by the level's name."""

    address_level: str = Field(default="", repr=False)
    address_level_name: str = Field(default="", repr=False)
    address_name: str = Field(default="", repr=False)
    iso_code: str = Field(default="", repr=False)


class DeliveryPreferences(WireObject):
    """The buyer's wishes for the delivery (US)."""

    drop_off_location: str = Field(default="", repr=False)


class Address(WireObject):
    """Name, phone and address; personal, in parts masked with asterisks depending on the status.

    ``first_name`` holds the whole name and ``last_name`` is empty when the buyer gave one text.
    """

    UNREAD: ClassVar[frozenset[str]] = frozenset(
        {"first_name_local_script", "last_name_local_script", "address_line3", "address_line4"}
    )

    name: str = Field(default="", repr=False)
    first_name: str = Field(default="", repr=False)
    last_name: str = Field(default="", repr=False)
    phone_number: str = Field(default="", repr=False)
    full_address: str = Field(default="", repr=False)
    address_detail: str = Field(default="", repr=False)
    address_line1: str = Field(default="", repr=False)
    address_line2: str = Field(default="", repr=False)
    postal_code: str = Field(default="", repr=False)
    post_town: str = Field(default="", repr=False)
    region_code: str = ""
    district_info: tuple[District, ...] = Field(default=(), repr=False)
    delivery_preferences: DeliveryPreferences = Field(default=DeliveryPreferences(), repr=False)
