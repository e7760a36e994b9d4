"""The vault of recipients, buyers' messages and credentials: encrypted and erasable.

- ``interface``, ``values``   what the vault promises, and what is put into it
- ``postgres``, ``memory``    where it is kept
- ``keys``, ``sealing``       master keys; sealing with them and with a shop's keys
- ``ledger``, ``credentials`` a shop's keys; tokens that are renewed
"""
