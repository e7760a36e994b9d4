"""Pools of database connections."""


async def as_it_is(_: object) -> None:
    """For ``asyncpg.create_pool(reset=…)``: a connection goes back as it is.

    asyncpg's own reset is a round trip each time a connection goes back. For pools whose users
    leave nothing in a session: no SET, no LISTEN, no lock of a session that is not given back.
    """
