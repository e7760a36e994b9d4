"""What every command of ``ordersync`` does alike, whichever service owns it.

- ``output``   one JSON value for programs, a table for people; notes on stderr
- ``running``  from a command to its exit code: one sentence for whatever stops it

A service announces its commands as an entry point of the group ``ordersync.commands``: the noun,
and the typer app behind it.
"""
