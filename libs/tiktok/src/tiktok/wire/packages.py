"""Packages (Partner Center: Search Package 202309, Get Package Detail 202309)."""

from typing import ClassVar

from tiktok.wire.values import Seconds, WireObject, WireRecord


class PackageOrder(WireObject):
    """An order with lines in the package."""

    UNREAD: ClassVar[frozenset[str]] = frozenset({"skus"})

    id: str = ""


class Package(WireRecord):
    """A package as the search lists it; several orders may share one."""

    id: str = ""
    status: str = ""
    tracking_number: str = ""
    shipping_provider_id: str = ""
    shipping_provider_name: str = ""
    order_line_item_ids: tuple[str, ...] = ()
    orders: tuple[PackageOrder, ...] = ()
    create_time: Seconds | None = None
    update_time: Seconds | None = None


class PackageDetail(WireRecord):
    """One package by its id; sender and recipient are not read."""

    UNREAD: ClassVar[frozenset[str]] = frozenset({"sender_address", "recipient_address"})

    package_id: str = ""
    package_status: str = ""
    package_sub_status: str = ""
    tracking_number: str = ""
    last_mile_tracking_number: str = ""
    shipping_provider_id: str = ""
    shipping_provider_name: str = ""
    shipping_type: str = ""
    split_and_combine_tag: str = ""
    order_line_item_ids: tuple[str, ...] = ()
    orders: tuple[PackageOrder, ...] = ()
    create_time: Seconds | None = None
    update_time: Seconds | None = None
