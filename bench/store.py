"""``bench store``: appending and reading, against message-db, eventsourcing and raw SQL."""

import time
from contextlib import AsyncExitStack
from typing import Any

from bench import appends, growth, orders, ours, reads
from bench.contenders import Contenders, open_all
from bench.counting import WalMeter
from bench.result import Result
from bench.rounds import Measured, ratio
from bench.servers import BenchServers
from bench.size import Size
from ordersync_contracts import codec

By = dict[str, dict[str, Measured]]


async def run(servers: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """Measure everything about the store."""
    await servers.make_room()
    async with AsyncExitStack() as opened:
        them = await open_all(opened, servers, size)
        appended = await appends.measure(them, size)
        read = await reads.measure(them, size)
        wal = await _wal_bytes_per_event(them)
    grown = {} if size.quick else await growth.measure(servers)
    measured = {**appended, **read}
    ratios = {**_ratios(measured), **grown}
    figures = {"wal_bytes_per_event": round(wal), "encode_us_per_event": _encode_us()}
    result = Result("store", ratios, {**_rates(measured), **figures})
    return result, {
        name: {who: measure.to_json() for who, measure in by.items()}
        for name, by in measured.items()
    }


def _ratios(measured: By) -> dict[str, float]:
    def against(what: str, *peers: str) -> float:
        by = measured[what]
        return round(min(ratio(by["ours"], by[peer]) for peer in peers), 2)

    return {
        "append32_vs_messagedb": against("append32", "message-db"),
        "append1_vs_messagedb": against("append1", "message-db"),
        "append1_vs_eventsourcing": against("append1", "eventsourcing"),
        "batch100_vs_eventsourcing": against("batch100", "eventsourcing"),
        "append1_vs_raw_sql": against("append1", "raw SQL"),
        "batch100_vs_raw_sql": against("batch100", "raw SQL"),
        "read_bytes_vs_peers": against("read_bytes", "message-db", "eventsourcing"),
        "read_decoded_vs_peers": against("read_decoded", "message-db", "eventsourcing"),
    }


def _rates(measured: By) -> dict[str, float]:
    return {f"{name}_per_s": round(by["ours"].median) for name, by in measured.items()}


def _encode_us() -> float:
    """Processor time of making an event's JSON, which commands bring along; the best of five."""
    made = [orders.fetched(number) for number in range(1000)]
    took = []
    for _ in range(5):
        began = time.process_time()
        for event in made:
            codec.encode(event)
        took.append(time.process_time() - began)
    return round(min(took) * 1e6 / len(made), 1)


async def _wal_bytes_per_event(them: Contenders) -> float:
    """Of batches of a hundred, on pages that the last checkpoint has not touched."""
    await them.empty()
    await ours.append_all(them.ours, them.commands[:1000])
    meter = WalMeter(them.admin)
    before = await meter.position()
    await ours.append_all(them.ours, them.commands[1000:3000])
    return (await meter.position() - before) / 2000
