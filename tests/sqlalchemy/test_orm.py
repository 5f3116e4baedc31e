"""The ORM on Xero's tables: reading, adding, changing and deleting, by mapped and by reflected classes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Column, FetchedValue, ForeignKey, MetaData, Numeric, String, Table, event, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import Session, declarative_base, relationship

from xerosql.simulator import Simulator

Base: Any = declarative_base()


class Project(Base):
    __tablename__ = "Projects"
    ProjectId = Column(String, FetchedValue(), primary_key=True)
    ContactId = Column(String)
    Name = Column(String)
    Status = Column(String, FetchedValue())
    CurrencyCode = Column(String, FetchedValue())
    tasks = relationship("Task", back_populates="project", passive_deletes="all")


class Task(Base):
    __tablename__ = "Tasks"
    Id = Column(String, FetchedValue(), primary_key=True)
    ProjectId = Column(String, ForeignKey("Projects.ProjectId"))
    Name = Column(String)
    ChargeType = Column(String)
    RateValue = Column(Numeric(18, 4))
    Status = Column(String, FetchedValue())
    project = relationship(Project, back_populates="tasks")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, future=True) as session:  # which SQLAlchemy 2 always is
        yield session


def test_a_task_is_added_changed_and_deleted(session: Session, sim: Simulator) -> None:
    """What Xero gives it comes back with the INSERT, in one request each."""
    project = session.execute(select(Project).where(Project.Status == "INPROGRESS")).scalars().first()
    assert project is not None
    task = Task(project=project, Name="Pave Sidewalks", ChargeType="FIXED", RateValue=Decimal("25000.50"))
    session.add(task)
    session.flush()
    assert task.Id.startswith(f"{project.ProjectId}/")
    assert task.Status == "ACTIVE"
    task.RateValue = Decimal("99.95")
    session.commit()
    assert session.get(Task, task.Id).RateValue == Decimal("99.95")
    session.delete(task)
    session.commit()
    assert [each.method for each in sim.requests if each.method != "GET"] == ["POST", "PUT", "DELETE"]
    assert session.get(Task, task.Id) is None


def test_a_project_is_added_and_closed(session: Session) -> None:
    contact = session.execute(select(Project.ContactId)).scalars().first()
    project = Project(ContactId=contact, Name="Lighthouse")
    session.add(project)
    session.flush()
    assert (project.Status, len(project.ProjectId)) == ("INPROGRESS", 36)
    project.Status = "CLOSED"
    session.commit()
    assert session.execute(select(Project.Status).where(Project.Name == "Lighthouse")).scalars().all() == ["CLOSED"]


def test_relationships_load_with_the_keys_they_have(session: Session, sim: Simulator) -> None:
    """The tasks of a project cost one call, and no other project is asked."""
    project = session.execute(select(Project).where(Project.Name == "Rebrand")).scalars().one()
    sim.reset_counters()
    assert len(project.tasks) > 1
    assert project.tasks[0].project is project
    assert sim.calls == 1


def test_classes_are_made_from_what_is_there(engine: Engine) -> None:
    """Automap finds the classes and their relationships; an INSERT by them leaves out what Xero works out."""
    base = automap_base()
    base.prepare(autoload_with=engine)
    assert {"Projects", "Tasks", "Time", "Users"} <= set(base.classes.keys())
    with Session(engine) as session:
        project = session.execute(select(base.classes.Projects)).scalars().first()
        task = base.classes.Tasks(ProjectId=project.ProjectId, Name="New", ChargeType="TIME", RateValue=10)
        session.add(task)
        session.commit()
        assert (task.Name, task.projects.Name) == ("New", project.Name)


def test_several_rows_are_added_at_once(session: Session) -> None:
    project = session.execute(select(Project.ProjectId)).scalars().first()
    tasks = [Task(ProjectId=project, Name=f"T{place}", ChargeType="TIME", RateValue=place) for place in range(5)]
    session.add_all(tasks)
    session.commit()
    assert len({task.Id for task in tasks}) == 5
    assert [session.get(Task, task.Id).Name for task in tasks] == [f"T{place}" for place in range(5)]


def test_executemany_and_returning_work_without_the_orm(engine: Engine) -> None:
    tasks = Table("Tasks", MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        project = connection.execute(select(tasks.c.ProjectId)).scalar()
        rows = [{"ProjectId": project, "Name": name, "ChargeType": "TIME", "RateValue": 5} for name in ("A1", "A2")]
        assert connection.execute(tasks.insert(), rows).rowcount == 2
        ours = tasks.c.Name.in_(["A1", "A2"]) & (tasks.c.ProjectId == project)
        changed = connection.execute(tasks.update().where(ours).values(RateValue=6).returning(tasks.c.RateValue))
        assert changed.scalars().all() == [Decimal(6), Decimal(6)]
        assert connection.execute(tasks.delete().where(ours)).rowcount == 2


def test_amounts_are_exact(session: Session) -> None:
    """They come as decimals, sums and averages too."""
    total = session.execute(select(func.sum(Task.RateValue), func.avg(Task.RateValue))).one()
    assert [type(value) for value in total] == [Decimal, Decimal]


def test_a_statement_is_compiled_once(engine: Engine) -> None:
    """The second time SQLAlchemy takes it from its cache, with other values."""
    states = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: states.append(arguments[4].cache_hit.name))
    with Session(engine) as session:
        for status in ("CLOSED", "INPROGRESS"):
            session.execute(select(Project.Name).where(Project.Status == status)).all()
    assert states[-2:] == ["CACHE_MISS", "CACHE_HIT"]


def test_errors_are_sqlalchemys_of_the_same_name(session: Session) -> None:
    """With the driver's own behind them."""
    session.add(Task(ProjectId="11111111-1111-1111-1111-111111111111", Name="x", ChargeType="TIME", RateValue=1))
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    assert caught.value.orig.sqlstate == "23503"
