"""TikTok Shop as a server: the signed Open API, its token host and its webhooks.

Control, JSON under `/_sim/` (refusals: 400 or 404 with `{"error"}`):

- `PUT /_sim/shops/{shop_id}` `{name, region, cipher?, products}`: absent keys keep their value
- `POST /_sim/orders?shop_id=` raw orders, stored as given but for update_time (now) and
  create_time (now when absent or older than 6 days); webhook 1. `&as_given=true` keeps all times
  and sends nothing. `&privacy=by_status` hides the buyer as TikTok does (see privacy.py). An id
  posted again replaces the order
- `POST /_sim/generate` `{shop_id, count, seed, created_from, created_to, rate_per_s, mix}`
- `PATCH /_sim/orders/{id}` RFC 7396; a changed status fills what TikTok fills; `?touch=true`
- `POST /_sim/orders/{id}/reject_cancellation`: the seller rejects what the buyer asks; webhook 11
- `PUT /_sim/webhooks` `{url, drop, duplicate, reorder, delay_s}`
- `PUT /_sim/faults`: see simulators.faults
- `GET /_sim/orders`, `GET /_sim/requests`, `POST /_sim/reset`

Beyond the agreed interface: `POST /_sim/grants` `{shop_ids, seller_name?, access_token_s?,
refresh_token_s?}` is a seller who authorises, without a browser: answers `auth_code` (unused) and
the token answer's `access_token`, `access_token_expire_in`, `refresh_token`, …. `DELETE
/_sim/grants?shop_id=` is a seller who withdraws (webhook 6). `GET /_sim/webhooks` shows settings
and tally. `backdated: true` in generate makes history: update_time in the past and no webhook.
`GET /_sim/orders?shop_id=` narrows.

State is in memory and dies with the process.
"""
