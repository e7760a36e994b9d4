"""Reading `PUT /_sim/shops/{domain}`: what is named is changed, what is absent keeps its value."""

from collections.abc import Mapping

from simulators.shopify.store.plans import PLANS
from simulators.shopify.store.store import Behaviour

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "unique_metafield": ("refuse", "drop"),
    "missing_variant": ("refuse", "unlink"),
    "search_default": ("open", "any"),
    "dead_webhooks": ("keep", "delete"),
}
_OTHERS = (
    "search_lag_s",
    "lookup_lag_s",
    "carrier_events",
    "plan",
    "variants",
    "token",
    "scopes",
    "taken_scopes",
    "offline",
    "app_id",
)


EVENT_STATUSES = (
    "ATTEMPTED_DELIVERY",
    "CARRIER_PICKED_UP",
    "CONFIRMED",
    "DELAYED",
    "DELIVERED",
    "FAILURE",
    "IN_TRANSIT",
    "LABEL_PRINTED",
    "LABEL_PURCHASED",
    "OUT_FOR_DELIVERY",
    "READY_FOR_PICKUP",
)
"""Admin GraphQL 2026-10: FulfillmentEventStatus."""


class BadStore(ValueError):
    """A store that cannot be made so; the text names the field and the fix."""


def changed_behaviour(known: Behaviour, raw: Mapping[str, object]) -> Behaviour:
    """The behaviour after the change. Raises BadStore for unknown fields and unusable values."""
    allowed = {*_CHOICES, *_OTHERS}
    for key in sorted({*raw} - allowed):
        raise BadStore(f"{key}: unknown; use {', '.join(sorted(allowed))}")
    chosen = {key: _choice(key, raw, _CHOICES[key], getattr(known, key)) for key in _CHOICES}
    return Behaviour(
        plan=PLANS[_choice("plan", raw, tuple(PLANS), known.plan.name)],
        unique_metafield=chosen["unique_metafield"],
        missing_variant=chosen["missing_variant"],
        search_default=chosen["search_default"],
        dead_webhooks=chosen["dead_webhooks"],
        search_lag_s=_seconds("search_lag_s", raw, known.search_lag_s),
        lookup_lag_s=_seconds("lookup_lag_s", raw, known.lookup_lag_s),
        carrier_events=_carrier_events(raw, known.carrier_events),
    )


def _choice(key: str, raw: Mapping[str, object], choices: tuple[str, ...], known: str) -> str:
    value = raw.get(key)
    if value is None:
        return known
    if not isinstance(value, str) or value not in choices:
        raise BadStore(f"{key}: one of {', '.join(choices)}")
    return value


def _seconds(key: str, raw: Mapping[str, object], known: float) -> float:
    value = raw.get(key)
    if value is None:
        return known
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise BadStore(f"{key}: seconds, 0 or more")
    return float(value)


def _carrier_events(
    raw: Mapping[str, object], known: tuple[tuple[str, float], ...]
) -> tuple[tuple[str, float], ...]:
    given = raw.get("carrier_events")
    if given is None:
        return known
    if not isinstance(given, list) or not all(_is_planned(event) for event in given):
        raise BadStore("carrier_events: a list of {status, after_s}, seconds after shipping")
    return tuple((event["status"], float(event["after_s"])) for event in given)


def _is_planned(event: object) -> bool:
    if not isinstance(event, Mapping) or {*event} != {"status", "after_s"}:
        return False
    return event["status"] in EVENT_STATUSES and isinstance(event["after_s"], (int, float))
