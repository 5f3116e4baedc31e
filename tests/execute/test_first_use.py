"""What a connection makes when it is first used is made once, however many threads come first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import xerosql


def test_threads_that_come_first_together_share_one_session() -> None:
    """Eight threads with their first statement at once get one session, one engine and one client."""
    together = Barrier(8)
    with xerosql.connect("demo") as connection:

        def first(_number: int) -> tuple[int, int, int, object]:
            together.wait(timeout=30)
            session = connection.session
            made = id(session), id(session.engine), id(session.client)
            return *made, connection.execute("SELECT count(*) FROM Projects").fetchone()

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(first, range(8)))) == 1
