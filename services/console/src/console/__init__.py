"""console: Orders, Settings, timeline; and the ``ordersync`` command line.

Two faces on the same actions. A room per noun holds what a person can do (``actions``), its
commands (``commands``) and its pages (``page``):

- ``orders``, ``errors``, ``products``, ``shops``, ``stores``, ``order_settings``
- ``audit``, ``replay``, ``migrate``

Shared by the rooms:

- ``backend``     what actions work on, and on whose behalf
- ``rows``        what the pages show, and what they can be asked
- ``projection``  keeps the rows up to date with the store of events
- ``tables``      the rows in PostgreSQL; ``memory`` the same in a dict
- ``platforms``   TikTok Shop and Shopify, as commands need them
- ``web``         what every page shares; ``cli`` what every command shares
- ``app``         the whole service
"""
