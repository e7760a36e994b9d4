"""console: Orders, Settings, timeline; and the ``ordersync`` command line.

Two faces on the same queries and actions. Where to look:

- ``actions``     what a person can do: each an append with who did it
- ``connect``     a seller's authorisation becomes connected shops
- ``store_connection``  a Shopify store for a shop; the scan for orders of other connectors waived
- ``queries``     one order from its own stream
- ``timeline``    what each event says, in words
- ``rows``        what the Orders page shows of an order, and what it can be asked
- ``projection``  keeps the rows up to date with the store of events
- ``tables``      the rows in PostgreSQL; ``memory`` the same in a dict
- ``replay``      a topic's events once more, from the store
- ``migrate``     every owner's tables, every topic
- ``web/``        the pages; ``cli/`` the commands, a module per noun
"""
