"""SQLAlchemy on asyncpg against the server: the inspector, queries, the ORM and writes, as on psycopg."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

if sa.__version__ < "2":
    pytest.skip("SQLAlchemy 1.4 speaks to asyncpg in another way, and has no such ORM", allow_module_level=True)

from sqlalchemy import orm
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from tests.server.conftest import PASSWORD
from tests.server.reflected import inspected
from xerosql.server import Server

T = TypeVar("T")


class Base(orm.DeclarativeBase):
    pass


class Project(Base):
    __tablename__ = "Projects"
    id: orm.Mapped[str] = orm.mapped_column("ProjectId", primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column("Name")
    status: orm.Mapped[str] = orm.mapped_column("Status")
    currency: orm.Mapped[str] = orm.mapped_column("CurrencyCode")
    tasks: orm.Mapped[list[Task]] = orm.relationship(back_populates="project", lazy="raise")


class Task(Base):
    __tablename__ = "Tasks"
    id: orm.Mapped[str] = orm.mapped_column("Id", primary_key=True)
    project_id: orm.Mapped[str] = orm.mapped_column("ProjectId", sa.ForeignKey("Projects.ProjectId"))
    name: orm.Mapped[str] = orm.mapped_column("Name")
    rate: orm.Mapped[Decimal] = orm.mapped_column("RateValue")
    project: orm.Mapped[Project] = orm.relationship(back_populates="tasks", lazy="raise")


def url(server: Server, driver: str) -> str:
    return f"postgresql+{driver}://writer:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{server.port}/xero"


def on_psycopg(server: Server, work: Callable[[sa.Connection], T]) -> T:
    engine = sa.create_engine(url(server, "psycopg"))
    try:
        with engine.connect() as connection:
            return work(connection)
    finally:
        engine.dispose()


def on_asyncpg(server: Server, work: Callable[[sa.Connection], T]) -> T:
    """The same function, run by SQLAlchemy over asyncpg."""

    async def main(connection: AsyncConnection) -> T:
        return await connection.run_sync(work)

    return with_asyncpg(server, main)


def with_asyncpg(server: Server, main: Callable[[AsyncConnection], Any]) -> Any:
    async def run() -> Any:
        engine = create_async_engine(url(server, "asyncpg"))
        try:
            async with engine.connect() as connection:
                return await main(connection)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def asked(connection: sa.Connection) -> list[Any]:
    """Queries with values of each type, an IN, a join, groups, a limit and literal SQL."""
    metadata = sa.MetaData()
    projects = sa.Table("Projects", metadata, autoload_with=connection)
    tasks = sa.Table("Tasks", metadata, autoload_with=connection)
    joined = projects.join(tasks, projects.c.ProjectId == tasks.c.ProjectId)
    queries: list[Any] = [
        sa.select(projects.c.Name).where(projects.c.Status.in_(["CLOSED", "x"])).order_by(projects.c.Name).limit(3),
        sa.select(projects.c.Name, projects.c.Deadline).where(projects.c.MinutesLogged > 100).order_by(projects.c.Name),
        sa.select(projects.c.Status, sa.func.count(), sa.func.sum(projects.c.TotalInvoicedValue))
        .group_by(projects.c.Status)
        .order_by(projects.c.Status),
        sa.select(tasks.c.Name, projects.c.Name)
        .select_from(joined)
        .where(projects.c.Status == "CLOSED", tasks.c.RateValue >= Decimal(1))
        .order_by(tasks.c.Id)
        .limit(5),
        sa.text("SELECT count(*) FROM Projects WHERE Status = :status").bindparams(status="CLOSED"),
        sa.select(sa.literal(True), sa.literal(dt.date(2026, 11, 1)), sa.literal(2.5), sa.literal(None, sa.Integer)),
    ]
    return [[tuple(row) for row in connection.execute(query)] for query in queries]


def test_the_inspector_tells_what_it_tells_on_psycopg(server: Server) -> None:
    """Schemas, tables, columns, keys, indexes, reflection."""
    assert on_asyncpg(server, inspected) == on_psycopg(server, inspected)


def test_queries_have_the_rows_they_have_on_psycopg(server: Server) -> None:
    """In the same types."""
    assert on_asyncpg(server, asked) == on_psycopg(server, asked)


def test_rows_stream(server: Server) -> None:
    """Through a cursor at the server, a part at a time."""

    async def main(connection: AsyncConnection) -> int:
        result = await connection.stream(sa.text("SELECT Name FROM Projects"), execution_options={"yield_per": 7})
        return len([row async for row in result])

    assert with_asyncpg(server, main) == 48


def test_the_orm_reads_and_writes(server: Server) -> None:
    """Objects with what they refer to; a task is made, changed and deleted."""

    async def main(connection: AsyncConnection) -> list[Any]:
        async with AsyncSession(connection, expire_on_commit=False) as session:
            closed = sa.select(Project).where(Project.status == "CLOSED").options(orm.selectinload(Project.tasks))
            found = (await session.scalars(closed.order_by(Project.name).limit(2))).all()
            told: list[Any] = [len(found), all(task.project_id == each.id for each in found for task in each.tasks)]
            running = (await session.scalars(sa.select(Project).where(Project.status == "INPROGRESS").limit(1))).one()
            tasks = sa.table(
                "Tasks", *map(sa.column, ("Id", "ProjectId", "Name", "RateValue", "RateCurrency", "ChargeType"))
            )
            values = {
                "ProjectId": running.id,
                "Name": "By asyncpg",
                "RateValue": Decimal("12.5"),
                "RateCurrency": running.currency,
                "ChargeType": "TIME",
            }
            made = await session.scalar(sa.insert(tasks).values(values).returning(tasks.c.Id))
            own = sa.select(Task.rate).where(Task.project_id == running.id, Task.name == "By asyncpg")
            told.append(await session.scalar(own))
            await session.execute(sa.update(Task).where(Task.id == made).values(rate=Decimal(13)))
            told.append(await session.scalar(own))
            await session.execute(sa.delete(Task).where(Task.id == made))
            told.append(await session.scalar(own))
            await session.commit()
            return told

    assert with_asyncpg(server, main) == [2, True, Decimal("12.5"), Decimal(13), None]


def test_an_error_is_sqlalchemys_own_and_the_connection_goes_on(server: Server) -> None:
    """ProgrammingError with PostgreSQL's code."""

    async def main(connection: AsyncConnection) -> str:
        with pytest.raises(sa.exc.ProgrammingError, match="did you mean Name") as caught:
            await connection.execute(sa.text("SELECT Nane FROM Projects"))
        await connection.rollback()
        assert (await connection.execute(sa.text("SELECT 1"))).scalar() == 1
        return str(getattr(caught.value.orig, "sqlstate", ""))

    assert with_asyncpg(server, main) == "42703"
