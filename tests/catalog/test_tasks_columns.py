"""Tasks against the document that it implements: the twenty columns, to the letter, and FixedMinutes."""

from __future__ import annotations

import pytest

import xerosql
from xerosql import catalog

#: Name, type and ReadOnly as the document has them, in its order.
DOCUMENT = (
    ("Id", "String", False),
    ("TaskId", "String", True),
    ("ProjectId", "String", False),
    ("Name", "String", False),
    ("ChargeType", "String", False),
    ("RateValue", "Decimal", False),
    ("RateCurrency", "String", False),
    ("EstimateMinutes", "Int", False),
    ("TotalMinutes", "Int", True),
    ("TotalAmountValue", "Decimal", True),
    ("TotalAmountCurrency", "String", True),
    ("MinutesToBeInvoiced", "Int", True),
    ("MinutesInvoiced", "Int", True),
    ("NonChargeableMinutes", "Int", True),
    ("AmountToBeInvoicedValue", "Decimal", True),
    ("AmountToBeInvoicedCurrency", "String", True),
    ("AmountInvoicedValue", "Decimal", True),
    ("AmountInvoicedCurrency", "String", True),
    ("Status", "String", True),
    ("TenantId", "String", False),
)
SQL_TYPES = {"String": "VARCHAR", "Decimal": "DECIMAL", "Int": "INTEGER"}
EXTRA = "FixedMinutes"


def test_the_columns_are_the_documents_and_fixed_minutes() -> None:
    """SELECT * has the document's columns in the document's order; FixedMinutes stands before TenantId, always last."""
    with xerosql.connect("demo") as connection:
        names = [column[0] for column in connection.execute("SELECT * FROM Tasks LIMIT 0").description]
    assert names == [*(name for name, _, _ in DOCUMENT[:-1]), EXTRA, "TenantId"]


@pytest.mark.parametrize(("name", "kind", "read_only"), DOCUMENT)
def test_each_column_has_the_documents_type_and_read_only_flag(name: str, kind: str, read_only: bool) -> None:
    """A column arrives as the document's type, and is read-only exactly where the document says so."""
    with xerosql.connect("demo") as connection:
        cursor = connection.execute(f"SELECT {name} FROM Tasks LIMIT 1")
        assert cursor.description[0][1] == SQL_TYPES[kind]
        cursor.execute(
            "SELECT data_type, is_read_only, is_key FROM information_schema.columns "
            "WHERE table_name = 'Tasks' AND column_name = ?",
            [name],
        )
        data_type, is_read_only, is_key = cursor.fetchone()
    assert data_type.partition("(")[0] == SQL_TYPES[kind]
    assert is_read_only is read_only
    assert is_key is (name == "Id")


def test_fixed_minutes_is_a_read_only_number() -> None:
    """The one column beyond the document is a whole number of minutes that Xero works out."""
    table = catalog.load().table("projects.Tasks")
    column = table[EXTRA]
    assert (column.type.name, column.unit, table.is_read_only(column)) == ("INTEGER", "minutes", True)


def test_the_documents_required_columns_are_required() -> None:
    """ProjectId, Name, RateValue and ChargeType must be given; RateCurrency is filled from the project."""
    table = catalog.load().table("projects.Tasks")
    assert [column.name for column in table.columns if column.required] == [
        "ProjectId",
        "Name",
        "ChargeType",
        "RateValue",
    ]


def test_descriptions_are_our_own_words() -> None:
    """No description is copied from the document."""
    borrowed = (
        "ensuring that each task",
        "providing a time forecast",
        "allowing you to specify",
        "indicating how much",
    )
    for column in catalog.load().table("projects.Tasks").columns:
        assert not any(words in column.description for words in borrowed)
