"""One planted buyer: in Shopify and in the vault, and nowhere else."""

import asyncio
from collections.abc import Iterator

import asyncpg
import httpx
import psutil
import pytest
from tests.system.raw_orders import Raw
from tests.system.stack import System
from tests.system.topics import read_all
from tests.system.waiting import wait_until

from eventstore.rows import decompress

BUYER = {
    "first_name": "Zephyrine",
    "last_name": "Quackenbosch",
    "address_line1": "7731 Marzipan Crescent",
    "address_line2": "Loft Xylophone",
    "phone_number": "(+1)5095550173",
}
EMAIL = "planted-wombat-77@scs.tiktokw.us"
NICKNAME = "zephyquack77"
MESSAGE = "Leave it under the turquoise flamingo"
PLANTED = (
    "Zephyrine",
    "Quackenbosch",
    "Marzipan",
    "Xylophone",
    "5095550173",
    "planted-wombat",
    "zephyquack",
    "flamingo",
)


@pytest.fixture(scope="module")
def planted(system: System) -> str:
    """The planted buyer's order, delivered in the end; others of theirs were refused on the way."""
    (order_id,) = system.arrive(order(system))
    unpaid, without_sku, not_ours = system.arrive(
        order(system) | {"status": "UNPAID"},
        order(system) | {"line_items": [{"id": "1", "sku_id": "", "sale_price": "1.00"}]},
        order(system) | {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"},
    )
    system.await_status(unpaid, "Not eligible")
    system.await_status(without_sku, "Sync failed")
    system.await_status(not_ours, "Not eligible")
    system.await_status(order_id, "Synced")
    system.tiktok.patch(order_id, status="DELIVERED")
    wait_until(
        lambda: (life := system.life(order_id)).delivery == "Delivered" and life.is_settled, 30
    )
    return order_id


def order(system: System) -> Raw:
    made = system.make.paid(buyer_email=EMAIL, buyer_nickname=NICKNAME, buyer_message=MESSAGE)
    name = f"{BUYER['first_name']} {BUYER['last_name']}"
    return made | {"recipient_address": made["recipient_address"] | BUYER | {"name": name}}


def test_shopify_gets_the_buyer(system: System, planted: str) -> None:
    entry = system.shopify.of(planted)
    address = entry["order"]["shippingAddress"]
    assert (address["firstName"], address["lastName"]) == ("Zephyrine", "Quackenbosch")
    assert address["address1"] == BUYER["address_line1"]
    assert address["phone"] == "+15095550173"
    assert entry["order"]["note"] == MESSAGE
    assert entry["customer"]["defaultEmailAddress"]["emailAddress"] == EMAIL


def test_no_log_names_the_buyer(system: System, planted: str) -> None:
    logs = list((system.folder / ".devstack" / "logs").glob("*.log"))
    assert len(logs) >= 10
    assert found((file.name, file.read_bytes()) for file in logs) == []


def test_no_topic_names_the_buyer(system: System, planted: str) -> None:
    records = read_all(system.summary["kafka"])
    assert any(planted.encode() in (record.key or b"") for record in records)
    assert found((record.topic, everything(record)) for record in records) == []


def test_no_row_names_the_buyer(system: System, planted: str) -> None:
    rows = asyncio.run(all_rows(system.settings()["ADMIN_DATABASE_URL"]))
    assert any(planted.encode() in content for _, content in rows)
    assert {table for table, _ in rows} >= {"eventstore.event", "effects.job", "vault.secret"}
    assert found(iter(rows)) == []


def test_no_metric_and_no_page_names_the_buyer(system: System, planted: str) -> None:
    ports = health_ports(system)
    assert len(ports) == 6
    pages = [f"http://127.0.0.1:{port}/metrics" for port in ports.values()]
    console, shop_id = system.summary["console"], system.summary["shop_id"]
    pages += [f"{console}/orders", f"{console}/orders/{shop_id}/{planted}"]
    answers = [httpx.get(page) for page in pages]
    assert {answer.status_code for answer in answers} == {200}
    assert found((str(answer.url), answer.content) for answer in answers) == []


def found(texts: Iterator[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Where which planted value was found; the texts themselves are not shown."""
    return [
        (where, planted)
        for where, text in texts
        for planted in PLANTED
        if planted.encode() in text or planted.lower().encode() in text.lower()
    ]


def everything(record: object) -> bytes:
    key, value = getattr(record, "key", None), getattr(record, "value", None)
    headers = b"\n".join(name.encode() + text for name, text in getattr(record, "headers", ()))
    return b"\n".join((key or b"", value or b"", headers))


async def all_rows(dsn: str) -> list[tuple[str, bytes]]:
    """Every row of every table of ours, bytes and compressed events readable."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(
            "SELECT schemaname || '.' || tablename AS name FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        return [
            (table["name"], content)
            for table in tables
            for row in await connection.fetch(f"SELECT * FROM {table['name']}")
            for content in contents(row)
        ]
    finally:
        await connection.close()


def contents(row: "asyncpg.Record") -> Iterator[bytes]:
    for name, value in row.items():
        if isinstance(value, bytes):
            yield decompress(value) if name == "payload" else value
        elif value is not None:
            yield str(value).encode()


def health_ports(system: System) -> dict[str, str]:
    """Where each service serves its metrics, by name."""
    variables = {
        name: psutil.Process(process["pid"]).environ()
        for name, process in system.processes().items()
    }
    return {
        name: values["HEALTH_PORT"] for name, values in variables.items() if "HEALTH_PORT" in values
    }
