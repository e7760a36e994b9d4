"""The life of an order, a shop and a link: pure folds of their streams, and what a merchant sees.

Depends on ``contracts`` only, does no I/O. Every service folds a stream with these, so that "stands
in Shopify" or "Syncing" means the same everywhere.

- ``order``   the state of one order, folded from its stream
- ``status``  the status a merchant sees, and why
- ``shop``    the state of one TikTok shop: connection, store, pauses, settings
- ``link``    the Shopify variant of one TikTok SKU
"""
