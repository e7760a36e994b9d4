"""A store's recent orders compared with the events: doubled ones, strangers, deleted ones.

- ``listing``      the orders of a window, page by page, in the bulk lane
- ``comparing``    what an order that stands there means, given its stream. Pure
- ``finding``      what one comparison has seen, and how far it is
- ``reconciling``  one store after the other, now and then; says what did not agree
- ``proofs``       appends what is news
- ``turns``        whose turn it is: once a period, whoever asks first

Nothing is ever deleted in Shopify.
"""
