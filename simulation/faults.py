"""The kinds of faults: those that a call meets, and those that come at their time.

What a call may meet is carried out where it is met (``network``, ``wire``); what comes at its time
is here. Each names what it may be aimed at, for whoever draws plans.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from simulation.installation import Installation
from simulation.plan import Strike

Happen = Callable[[Installation, Strike], Awaitable[bool]]
"""It strikes now; False: there was nothing to strike."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``aims``: patterns of what it may hit. ``happen``: None for what a call meets."""

    aims: tuple[str, ...]
    happen: Happen | None = None


def _machines(of: Installation, strike: Strike) -> list[Any]:
    return [machine for name, machine in of.machines.items() if fnmatchcase(name, strike.on)]


async def _crash(of: Installation, strike: Strike) -> bool:
    hit = [machine for machine in _machines(of, strike) if machine.is_up]
    for machine in hit:
        machine.crash(float(strike.given.get("restart_s", 2.0)))
    return bool(hit)


async def _stop(of: Installation, strike: Strike) -> bool:
    hit = [m for m in _machines(of, strike) if m.is_up and not m.lane.is_stopped]
    for machine in hit:
        machine.stand_still(float(strike.given.get("seconds", 30.0)))
    return bool(hit)


async def _redeploy(of: Installation, strike: Strike) -> bool:
    hit = [m for m in _machines(of, strike) if m.is_up and not m.lane.is_stopped]
    for machine in hit:
        machine.redeploy()
    return bool(hit)


async def _session_lost(of: Installation, strike: Strike) -> bool:
    """The connections break that hold locks and leases: of a relay, another one leads."""
    hit = [bound for machine in _machines(of, strike) for bound in list(machine.bound)]
    broken = [bound for bound in hit if hasattr(bound, "break_off")]
    for bound in broken:
        bound.break_off()
    return bool(broken)


def _away(what: str) -> Happen:
    async def happen(of: Installation, strike: Strike) -> bool:
        of.network.down[what] = of.loop.time() + float(strike.given.get("seconds", 20.0))
        return True

    return happen


async def _rewind(of: Installation, strike: Strike) -> bool:
    """The group's commits are lost: all its records come again."""
    of.cluster.rewind(strike.on)
    return True


async def _records_lost(of: Installation, strike: Strike) -> bool:
    """What Kafka holds now is gone before anybody else reads it."""
    return of.cluster.forget(strike.on) > 0


async def _clock_off(of: Installation, strike: Strike) -> bool:
    """Clocks differ: these show another time from now on."""
    hit = _machines(of, strike)
    for machine in hit:
        machine.ahead_s = float(strike.given.get("seconds", 1.0))
    return bool(hit)


async def _lagging(of: Installation, strike: Strike) -> bool:
    """What Shopify's lookups and searches find is so old."""
    given = {name: strike.given[name] for name in ("lookup_lag_s", "search_lag_s")}
    answer = await of.shopify.http.put(f"/_sim/shops/{strike.on}", json=given)
    return answer.is_success


async def _webhooks_unreliable(of: Installation, strike: Strike) -> bool:
    """TikTok loses, doubles and reorders notifications by these odds from now on."""
    await of.tiktok.control("PUT", "/_sim/webhooks", dict(strike.given))
    return True


_CALLS: Final = ("fetcher-*", "mapper-*", "shopify-writer-*", "status-tracker-*", "relay-*")
_DATABASE: Final = (
    *(f"{service}/*.*" for service in _CALLS),
    "*/events.append",
    "shopify-writer-*/jobs.*",
    "status-tracker-*/jobs.*",
    "*/vault.*",
    "fetcher-*/checkpoints.*",
    "fetcher-*/notifications.*",
    "shopify-writer-*/webhooks.*",
    "mapper-*/waiting.*",
    "relay-*/published.*",
)
_PLATFORM: Final = (
    "*/shopify.*",
    "*/shopify.order_create",
    "*/shopify.order_find*",
    "shopify-writer-*/shopify.*",
    "status-tracker-*/shopify.*",
    "*/tiktok.*",
    "*/tiktok.search",
    "*/tiktok.orders",
    "*/tiktok.refresh",
    "*/shopify.access_token",
)
_KAFKA: Final = ("relay-*/kafka.send", "*/kafka.commit")
_EITHER: Final = (*_DATABASE, *_PLATFORM)
FAULTS: Final[Mapping[str, Fault]] = {
    "lost_before": Fault(_EITHER),
    "lost_after": Fault(_EITHER),
    "dies_before": Fault(_EITHER),
    "dies_after": Fault(_EITHER),
    "stops_before": Fault(_EITHER),
    "stops_after": Fault(_EITHER),
    "slow_after": Fault(_EITHER),
    "late": Fault(_PLATFORM),
    "refused": Fault(_PLATFORM),
    "reset": Fault(_PLATFORM),
    "truncated": Fault(_PLATFORM),
    "status": Fault(_PLATFORM),
    "webhook_lost": Fault(("*/webhook.tiktok", "*/webhook.shopify")),
    "webhook_doubled": Fault(("*/webhook.tiktok", "*/webhook.shopify")),
    "webhook_late": Fault(("*/webhook.tiktok", "*/webhook.shopify")),
    "webhook_unanswered": Fault(("*/webhook.tiktok", "*/webhook.shopify")),
    "not_done": Fault(_KAFKA),
    "done_unheard": Fault(_KAFKA),
    "crash": Fault(_CALLS, _crash),
    "stop": Fault(_CALLS, _stop),
    "redeploy": Fault((*_CALLS, "console-*"), _redeploy),
    "session_lost": Fault(("relay-*", "fetcher-*", "shopify-writer-*", "*"), _session_lost),
    "database_away": Fault(("database",), _away("database")),
    "kafka_away": Fault(("kafka",), _away("kafka")),
    "tiktok_away": Fault(("tiktok",), _away("tiktok")),
    "shopify_away": Fault(("shopify",), _away("shopify")),
    "rewind": Fault(("mapper", "shopify-writer", "status-tracker"), _rewind),
    "clock_off": Fault(_CALLS, _clock_off),
    "lagging": Fault(("store-1.myshopify.com",), _lagging),
    "notifications_unreliable": Fault(("tiktok",), _webhooks_unreliable),
    "records_lost": Fault(("*",), _records_lost),
}
"""By kind. See docs/simulation.md."""
