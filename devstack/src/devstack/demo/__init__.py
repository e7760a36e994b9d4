"""`devstack demo`: a shop's orders arrive in Shopify, before your eyes or as one JSON object.

- ``orders``    what happens on the TikTok side: 40 orders of every kind, then one now and then
- ``state``     how far each order is, read from the event store and from Shopify
- ``progress``  what a person sees meanwhile
- ``play``      the acts, in their order
"""
