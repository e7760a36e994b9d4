"""Shopify as a server: the part of the Admin GraphQL API 2026-10 that bringing orders in needs.

`python -m simulators.shopify --port N` runs it; `app.build_app` makes it for a test. `engine` knows
GraphQL, `store` what a store has and allows, `orders` and `fulfilment` what the calls do, `search`
the query language, `control` the side that people and tests steer.
"""
