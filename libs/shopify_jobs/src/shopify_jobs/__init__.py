"""What every job in a Shopify store needs, whichever service performs it. Knows no service.

- ``known``       an order and its shop as their streams say now; recording what became of a job
- ``buyers``      the buyer's data, read from the vault at the last moment
- ``failures``    what an answer that is not Done means
- ``doubts``      when a request without an answer is looked up, when its absence is believed
- ``retries``     when what failed is tried again, and what becomes of its job
- ``pauses``      a store that cannot be used is paused
- ``admission``   a job begins only when the store's budget has room for its calls
"""
