"""One order of each draft, created exactly once (docs/exactly-once.md).

- ``intake``        a draft that arrives becomes a job
- ``admission``     a job begins when the store's budget has room for its calls
- ``attempt``       the protocol: intent, look-up, one create, outcome; doubts are looked up
- ``recording``     an order's stream, read and written
- ``buyers``        the buyer's data, from the vault at the last moment
- ``order_input``   draft and buyer → the variables of ``orderCreate``: pure
- ``lookup``        whether an order is in the store
- ``order_create``  at most one call that may have worked
- ``outcomes``      what Shopify's answer means for the order: pure
- ``retries``       when an attempt that failed is made again
"""
