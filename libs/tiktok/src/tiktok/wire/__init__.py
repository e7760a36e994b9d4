"""What TikTok sends, as frozen values. Names are TikTok's.

Absent, ``""`` and null are alike. Ids are text, also when they come as numbers; money stays the
text that was sent (``values.amount`` reads it); times are unix seconds (``values.moment`` reads
them). A value of an unusable type is left out and its path is among ``problems``; fields that we do
not know are named in ``unknown_fields``. Reading never raises. What identifies a person is in no
repr.
"""
