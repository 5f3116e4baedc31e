"""Broken declarations: each fault is told in a sentence that names table and column, all of them at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xerosql.catalog import discovered, load
from xerosql.catalog.check import check
from xerosql.catalog.model import (
    INT,
    MONEY,
    TENANT_ID,
    TEXT,
    UUID,
    Column,
    FrozenWhen,
    Parent,
    SameAsParent,
    Table,
    Write,
    ZeroWhen,
    any_of,
    list_of,
    one_of,
)
from xerosql.errors import InternalError

KEY = Column("ThingId", UUID, "thingId", "Xero's id.", key=True)
NAME = Column("Name", TEXT, "name", "What it is called.", writable=True, required=True)
GOOD = Table(
    schema="tests",
    name="Things",
    item="thing",
    description="Things.",
    columns=(KEY, NAME, TENANT_ID),
    paths=(list_of("/Things", any_of("ThingId", "ids")), one_of("/Things/{ThingId}")),
    insert=Write("POST", "/Things", ("Name",), "CreateThing", "creates a thing"),
    updates=(Write("PUT", "/Things/{ThingId}", ("Name",), "UpdateThing", "changes a thing", ("CreateThing",)),),
    delete=Write("DELETE", "/Things/{ThingId}", (), "DeleteThing", "deletes a thing"),
)


def columns(*more: Column) -> Table:
    return replace(GOOD, columns=(KEY, NAME, *more, TENANT_ID))


BROKEN: dict[str, tuple[Table, str]] = {
    "no description": (replace(GOOD, description=""), "has no description"),
    "no key": (replace(GOOD, columns=(replace(KEY, key=False), NAME, TENANT_ID)), "no column is marked as key"),
    "column twice": (columns(Column("NAME", TEXT, "n", "Again.")), "column NAME is declared twice"),
    "not PascalCase": (columns(Column("rate_value", TEXT, "r", "A rate.")), "column rate_value is not PascalCase"),
    "column without description": (columns(Column("Rate", TEXT, "r", "")), "column Rate has no description"),
    "money without unit": (columns(Column("Rate", MONEY, "r", "A rate.")), "column Rate is a number without a unit"),
    "count without unit": (columns(Column("Size", INT, "s", "A size.")), "column Size is a number without a unit"),
    "TenantId not last": (replace(GOOD, columns=(KEY, TENANT_ID, NAME)), "the last column is not TenantId"),
    "path needs what is not there": (
        replace(GOOD, paths=(*GOOD.paths, one_of("/Others/{OtherId}"))),
        "path /Others/{OtherId} names OtherId, which is no column",
    ),
    "path takes what is not there": (
        replace(GOOD, paths=(list_of("/Things", any_of("Colour", "colours")),)),
        "path /Things names Colour, which is no column",
    ),
    "list that nobody can bind": (
        replace(GOOD, paths=(list_of("/Boxes/{Name}/Things"),)),
        "path /Boxes/{Name}/Things needs Name, which no parent gives",
    ),
    "nothing lists it": (replace(GOOD, paths=(one_of("/Things/{ThingId}"),)), "no path lists the table"),
    "parent that is not there": (
        replace(GOOD, parent=Parent("tests.Boxes", "BoxId")),
        "its parent tests.Boxes is no table",
    ),
    "write of what is not there": (
        replace(GOOD, insert=Write("POST", "/Things", ("Name", "Colour"))),
        "POST /Things names Colour, which is no column",
    ),
    "write to where nothing is": (
        replace(GOOD, delete=Write("DELETE", "/Things/{Colour}")),
        "DELETE /Things/{Colour} names Colour, which is no column",
    ),
    "write that the queue has no word for": (
        replace(GOOD, delete=Write("DELETE", "/Things/{ThingId}")),
        "DELETE /Things/{ThingId} has no task or says nothing about it",
    ),
    "task after one that is not there": (
        replace(GOOD, delete=replace(GOOD.writes[-1], after=("CreateBox",))),
        "task DeleteThing comes after CreateBox, which is no task",
    ),
    "keyed by what is not there": (
        replace(GOOD, insert=replace(GOOD.writes[0], keyed_by="Colour")),
        "POST /Things names Colour, which is no column",
    ),
    "insert into no list": (
        replace(GOOD, insert=replace(GOOD.writes[0], url="/Others")),
        "/Others, where rows are inserted, is no list to find them in",
    ),
    "update of a read-only column": (
        replace(GOOD, columns=(KEY, replace(NAME, writable=False), TENANT_ID)),
        "column Name is in an update but not writable",
    ),
    "writable but in no update": (
        columns(Column("Colour", TEXT, "c", "A colour.", writable=True)),
        "column Colour is writable but in no update",
    ),
    "required but in no insert": (
        columns(Column("Colour", TEXT, "c", "A colour.", required=True)),
        "column Colour is required but not in the insert",
    ),
    "rule without parent": (
        replace(GOOD, rules=(SameAsParent("Name", "Name"),)),
        "rule SameAsParent(Name) stands in a table without a parent",
    ),
    "rule on what is not there": (
        replace(GOOD, rules=(ZeroWhen("Rate", "Kind", "FREE"),)),
        "a rule names Kind, which is no column",
    ),
    "freeze by what is not there": (
        replace(GOOD, rules=(FrozenWhen("Status", ("OLD",), "…"),)),
        "a rule names Status, which is no column",
    ),
}


def test_a_good_declaration_passes() -> None:
    """The table that the broken ones are made of has no fault."""
    check([GOOD])


@pytest.mark.parametrize(("table", "sentence"), BROKEN.values(), ids=BROKEN)
def test_each_fault_has_its_sentence(table: Table, sentence: str) -> None:
    """InternalError names the table and says what is wrong with it."""
    with pytest.raises(InternalError) as caught:
        check([table])
    assert f"  tests.Things: {sentence}" in str(caught.value).splitlines()


def test_all_faults_are_told_at_once() -> None:
    """Two broken tables with two faults each give four lines below the heading."""
    broken = replace(GOOD, description="", columns=(replace(KEY, description=""), NAME, TENANT_ID))
    with pytest.raises(InternalError) as caught:
        check([broken, replace(broken, name="Others")])
    heading, *lines = str(caught.value).splitlines()
    assert heading == "The catalog is not well declared:"
    assert len(lines) == 4
    assert lines[-1] == "  tests.Others: column ThingId has no description"


def test_the_catalog_itself_is_well_declared() -> None:
    """Every table that is discovered passes, and is found by its name in any case."""
    tables = discovered()
    check(tables)
    assert {table.full_name for table in tables} >= {
        f"projects.{name}" for name in ("Projects", "Tasks", "Time", "Users", "Tenants")
    }
    assert load().get("PROJECTS", "tasks") is load().table("projects.Tasks")
