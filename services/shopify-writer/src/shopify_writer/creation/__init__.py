"""One order of each draft, created exactly once (docs/exactly-once.md).

- ``intake``        a draft that arrives becomes a job
- ``attempt``       the protocol: intent, look-up, one create, outcome; doubts are looked up
- ``once``          looked up, and created if it is not there
- ``order_input``   draft and buyer → the variables of ``orderCreate``: pure
- ``lookup``        whether an order is in the store
- ``order_create``  at most one call that may have worked
- ``outcomes``      what Shopify's answer means for the order: pure
"""
