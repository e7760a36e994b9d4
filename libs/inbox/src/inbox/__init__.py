"""Webhooks that came in: durable before they are answered, each carried out once.

- ``interface``  what an inbox promises, and which table and columns one service's has
- ``postgres``   the inbox in that table
- ``memory``     the same promises in a dict
- ``worker``     carries out what came in, key by key, again until it is done
"""
