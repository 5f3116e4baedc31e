"""Rows that the queue has yet to create, for an UPDATE or DELETE that names them by their provisional ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from arro3.core import RecordBatch

from xerosql.catalog.model import PAIR, UUID, Table
from xerosql.errors import NotSupportedError
from xerosql.execute.decode import Builder, Decoder
from xerosql.execute.outbox import Outbox
from xerosql.execute.prepared import key_of_object
from xerosql.execute.relation import Relation
from xerosql.payload.objects import Object, encoded
from xerosql.plan.known import PROVISIONAL
from xerosql.plan.model import Constant, Parameter, ReadPlan

#: Organisation and Id of a row, with its object.
Rows = dict[tuple[str, str], Object]


def named(plan: ReadPlan, parameters: Sequence[object]) -> frozenset[int]:
    """The tasks that create the rows which conditions on the ids of the target name; none if they name none."""
    target = plan.scans[0]
    texts = [
        str(found)
        for condition in target.conditions
        if target.table[condition.column].type in (UUID, PAIR)
        for value in condition.values
        for found in given(value, parameters)
    ]
    return frozenset(int(number) for text in texts for number in PROVISIONAL.findall(text))


def given(value: object, parameters: Sequence[object]) -> Sequence[object]:
    """The values that the statement gives in the place of `value`."""
    if isinstance(value, Constant):
        found = value.value
    elif isinstance(value, Parameter):
        found = parameters[value.index]
    else:
        return ()
    return found if isinstance(found, list) else (found,)


def unsent_rows(outbox: Outbox, table: Table, tasks: frozenset[int]) -> Rows:
    """The rows of a table that these tasks create, and those whose parents they create, as they will be."""
    return {(tenant, key_of_object(table, found)): found for tenant, found in outbox.unsent(table, tasks)}


def reading_of(plan: ReadPlan, rows: Rows, parameters: Sequence[object]) -> tuple[ReadPlan, list[object], Relation]:
    """The query for the target rows over the unsent ones, with its parameters and its only relation."""
    if len(plan.scans) != 1:
        raise NotSupportedError(
            "a row that is still to be created is changed by conditions on its own table alone, without other tables"
        )
    scan = plan.scans[0]
    whole = whole_ids(scan.table, rows)
    sql = plan.sql
    for own, complete in whole.items():
        if any(Constant(own) in each.values for each in scan.conditions if each.column.lower() == "id"):
            sql = sql.replace(f"'{own}'", f"'{complete}'")
    places = {
        value.index
        for each in scan.conditions
        if each.column.lower() == "id"
        for value in each.values
        if isinstance(value, Parameter)
    }
    values = [completed(value, whole) if place in places else value for place, value in enumerate(parameters)]
    decoder, builder = Decoder(scan.table, scan.travelling), Builder(scan.travelling)
    items = [decoder.one(encoded(found)).items[0] for found in rows.values()]
    batch: RecordBatch = builder.batch(items, [tenant for tenant, _ in rows])
    return replace(plan, sql=sql), values, Relation(builder, lambda: iter([batch]), keep=True)


def whole_ids(table: Table, rows: Rows) -> Mapping[str, str]:
    """The composite Id by the part of it that `lastrowid` is."""
    return {key.rpartition("/")[2]: key for _, key in rows} if table.identity else {}


def completed(value: object, whole: Mapping[str, str]) -> object:
    if isinstance(value, list):
        return [completed(each, whole) for each in value]
    return whole.get(value, value) if isinstance(value, str) else value
