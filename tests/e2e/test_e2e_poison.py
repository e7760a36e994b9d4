"""Records that cannot be read go to the dead topic of each group; the orders behind them go on."""

from tests.system.stack import System
from tests.system.topics import Headers, Record, end_offsets, produce, read_all
from tests.system.waiting import wait_until

from ordersync_contracts.events import OrderFetched
from ordersync_contracts.streams import order_stream

GROUPS = ("mapper", "status-tracker")
TOPIC = "order-fetched"


def test_poison_goes_to_the_dead_topics_and_the_rest_goes_on(system: System) -> None:
    prefix, kafka = system.settings()["TOPIC_PREFIX"], system.summary["kafka"]
    dead = [f"{prefix}{group}-dead" for group in GROUPS]
    before = end_offsets(kafka, dead)
    order = system.make.paid()
    stream = order_stream(system.summary["shop_id"], order["id"])
    records = poison(stream)  # in the partition that the order's own event will be in
    tombstone: Record = (stream.encode(), None, [])  # says nothing, so nobody has to look at it
    produce(kafka, prefix + TOPIC, [*records, tombstone])
    system.arrive(order)
    system.await_status(order["id"], "Synced")
    wait_until(
        lambda: all(
            end - before[topic] == len(records) for topic, end in end_offsets(kafka, dead).items()
        ),
        30,
        lambda: f"{len(records)} dead in each of {dead}: {end_offsets(kafka, dead)}, {before}",
    )
    for group, topic in zip(GROUPS, dead, strict=True):
        buried = [dict(letter.headers) for letter in read_all(kafka, [topic])][-len(records) :]
        assert {note["dead_origin_topic"] for note in buried} == {(prefix + TOPIC).encode()}
        assert {note["dead_group"] for note in buried} == {(prefix + group).encode()}
        assert all(note["dead_origin_offset"].isdigit() for note in buried)
        assert all(note["dead_reason"] for note in buried)
        assert all(note["dead_first_seen"] for note in buried)
    alive = [system.processes()[group]["state"] for group in GROUPS]
    assert alive == ["running", "running"]


def test_a_dead_record_is_kept_byte_for_byte(system: System) -> None:
    prefix, kafka = system.settings()["TOPIC_PREFIX"], system.summary["kafka"]
    key, value, headers = b"\xff\x00key", b'{"broken": "\xff', [("odd\u00e9", b"\xfe\x01")]
    produce(kafka, prefix + TOPIC, [(key, value, headers)])

    def found() -> bool:
        buried = read_all(kafka, [f"{prefix}mapper-dead"])
        return any(
            (letter.key, letter.value) == (key, value) and headers[0] in list(letter.headers)
            for letter in buried
        )

    wait_until(found, 30, lambda: "the record is not in the dead topic")


def poison(stream: str) -> list[Record]:
    """Not JSON, of an unknown type, failing its schema, without our headers."""
    key = stream.encode()
    return [
        (key, b"this is not JSON", envelope("OrderFetched.v1", stream)),
        (key, b"{}", envelope("OrderAteMyHomework.v1", stream)),
        (key, b'{"shop_id": 7}', envelope(f"{OrderFetched.type_name()}.v1", stream)),
        (key, b'{"shop_id": "7"}', []),
    ]


def envelope(kind: str, stream: str) -> Headers:
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"7b1c9d80-0000-4000-8000-000000000001"),
        ("ce_type", f"ordersync.{kind}".encode()),
        ("ce_source", b"/elsewhere"),
        ("ce_subject", stream.encode()),
        ("ce_sequence", b"1"),
        ("ce_position", b"1"),
    ]
