"""Client of Shopify's Admin GraphQL API 2026-10, from call to classified answer.

Knows no orders of ours and imports nothing of ours but ``httpclient``. Where to look:

- ``client``          one call: token, guard, bytes, answer
- ``answers``         what a call can end in, as one sum type
- ``http_rules``      HTTP status → answer
- ``graphql_rules``   body of a 200 → answer
- ``refusals``        Shopify's user errors → our stable kinds
- ``denials``         who may not do what → our stable kinds
- ``cost``            points asked, points left, how long to wait
- ``body``            the request's bytes, guarded in the step that writes them
- ``transport``       the HTTP clients to call with
- ``tokens``          where a store's access token comes from
- ``documents/``      every GraphQL document we send, one file each
- ``orders``, ``fulfilments``, ``variants``, ``shops``   typed readers of ``Done.data``
- ``webhooks``        Shopify's webhooks: is it theirs, what does it say
- ``tracking``        carrier names as Shopify spells them
"""
