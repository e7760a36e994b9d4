"""Client of TikTok Shop's Open API (US), from signed call to typed answer.

Knows no orders of ours and imports nothing of ours but ``httpclient``. Where to look:

- ``client``        every endpoint we call, one method each
- ``calls``         one signed call: query, signature, answer
- ``signing``       the request signature, pure
- ``errors``        what can go wrong and who has to act, pure
- ``error_rules``   HTTP status and code → error, pure
- ``tokens``        access tokens: get, refresh, where a seller authorises us
- ``webhooks``      TikTok's notifications: is it theirs, what does it say, pure
- ``searches``      how a search is asked for, pure
- ``rate_limit``    how fast to call, per shop and endpoint
- ``transport``     the HTTP client to call with, no queries in logs
- ``wire/``         orders, packages, products … as TikTok sends them, pure
"""
