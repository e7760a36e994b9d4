"""The plans of a store and what each allows.

Restore rates and buckets in points (Shopify: API limits); a development store may create five
orders a minute (Admin GraphQL 2026-10: orderCreate). `unlimited` exists only here, for measuring.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`restore` in points a second; `creates_per_minute` None means no limit."""

    name: str
    shown_as: str
    restore: int
    bucket: int
    creates_per_minute: int | None = None


PLANS = {
    plan.name: plan
    for plan in (
        Plan("dev", "Development", 100, 2_000, creates_per_minute=5),
        Plan("basic", "Basic", 100, 2_000),
        Plan("advanced", "Advanced", 200, 4_000),
        Plan("plus", "Shopify Plus", 1_000, 20_000),
        Plan("unlimited", "Unlimited", 100_000, 2_000_000),
    )
}
