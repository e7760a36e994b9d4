"""What the clients of TikTok Shop and Shopify do alike, whatever they ask (docs/decisions/0091).

Imports nothing of ours. Where to look:

- ``json_text``   a platform's JSON, its texts such that they can be stored; pure
- ``transport``   httpx on aiohttp, time-outs, what a lost connection looks like
"""
