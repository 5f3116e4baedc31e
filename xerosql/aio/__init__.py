"""xerosql for asyncio: the connection and cursor of PEP 249 with `await`, their statements on threads of their own.

from xerosql import aio
async with aio.connect("demo") as connection:
    async for row in await connection.execute("SELECT Name, Status FROM Projects LIMIT 3"):
        print(row)
"""

from xerosql.aio.connection import AsyncConnection, Connecting, connect
from xerosql.aio.cursor import AsyncCursor

__all__ = ["AsyncConnection", "AsyncCursor", "Connecting", "connect"]
