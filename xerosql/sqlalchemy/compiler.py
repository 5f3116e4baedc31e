"""SQLAlchemy's expressions, DDL and types in the dialect of SQL that xerosql reads, which is PostgreSQL's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc, types
from sqlalchemy.schema import Column
from sqlalchemy.sql import compiler, elements, expression


class XeroCompiler(compiler.SQLCompiler):
    """Queries and writes."""

    def visit_sequence(self, sequence: Any, **kw: Any) -> str:
        name = self.preparer.format_sequence(sequence).replace("'", "''")
        return f"nextval('{name}')"

    def limit_clause(self, select: Any, **kw: Any) -> str:
        text = ""
        if select._limit_clause is not None:  # noqa: SLF001 - how every dialect reads it
            text += f"\n LIMIT {self.process(select._limit_clause, **kw)}"  # noqa: SLF001 - see above
        if select._offset_clause is not None:  # noqa: SLF001 - see above
            text += f"\n OFFSET {self.process(select._offset_clause, **kw)}"  # noqa: SLF001 - see above
        return text

    def fetch_clause(self, select: Any, *_: Any, **kw: Any) -> str:
        """FETCH FIRST as the LIMIT that it is. CompileError for what the driver cannot do."""
        options = select._fetch_clause_options  # noqa: SLF001 - how every dialect reads it
        if options["with_ties"] or options["percent"]:
            raise exc.CompileError("FETCH FIRST … WITH TIES and PERCENT are not supported; filter by rank()")
        text = f"\n LIMIT {self.process(select._fetch_clause, **kw)}"  # noqa: SLF001 - see above
        if select._offset_clause is not None:  # noqa: SLF001 - see above
            text += f"\n OFFSET {self.process(select._offset_clause, **kw)}"  # noqa: SLF001 - see above
        return text

    def get_select_precolumns(self, select: Any, **kw: Any) -> str:
        """DISTINCT, and DISTINCT ON."""
        if not select._distinct:  # noqa: SLF001 - how every dialect reads it
            return ""
        on = ", ".join(self.process(each, **kw) for each in select._distinct_on)  # noqa: SLF001 - see above
        return f"DISTINCT ON ({on}) " if on else "DISTINCT "

    def for_update_clause(self, select: Any, **kw: Any) -> str:
        """Nothing: there are no locks to take, as there are none in SQLite."""
        return ""

    def returning_clause(self, stmt: Any, returning_cols: Any, **kw: Any) -> str:
        if "populate_result_map" in kw:
            return super().returning_clause(stmt, returning_cols, **kw)
        label: Any = self._label_returning_column  # SQLAlchemy 1.4 leaves the clause to the dialects
        columns = expression._select_iterables(returning_cols)  # noqa: SLF001 - see above
        return "RETURNING " + ", ".join(label(stmt, each) for each in columns)

    def update_from_clause(
        self, update_stmt: Any, from_table: Any, extra_froms: Any, from_hints: Any, **kw: Any
    ) -> str:
        return "FROM " + self.tables(extra_froms, from_hints, **kw)

    def delete_extra_from_clause(
        self, delete_stmt: Any, from_table: Any, extra_froms: Any, from_hints: Any, **kw: Any
    ) -> str:
        return "USING " + self.tables(extra_froms, from_hints, **kw)

    def tables(self, froms: Any, hints: Any, **kw: Any) -> str:
        kw["asfrom"] = True
        return ", ".join(each._compiler_dispatch(self, fromhints=hints, **kw) for each in froms)  # noqa: SLF001 - as dialects do

    def visit_empty_set_expr(self, element_types: Any, **kw: Any) -> str:
        nulls = ", ".join("NULL" for _ in element_types or [None])
        return f"SELECT {nulls} WHERE 1 <> 1"

    def visit_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self.like("ILIKE", binary, **kw)

    def visit_not_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self.like("NOT ILIKE", binary, **kw)

    def like(self, word: str, binary: Any, **kw: Any) -> str:
        text = f"{self.process(binary.left, **kw)} {word} {self.process(binary.right, **kw)}"
        escape = binary.modifiers.get("escape")
        return text if escape is None else f"{text} ESCAPE {self.text(escape)}"

    def text(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    def visit_bitwise_xor_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"{self.process(binary.left, **kw)} # {self.process(binary.right, **kw)}"

    def visit_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self.regexp("regexp_matches", binary, [binary.right], **kw)

    def visit_not_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"NOT {self.regexp('regexp_matches', binary, [binary.right], **kw)}"

    def visit_regexp_replace_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        replaced = binary.right.clauses if isinstance(binary.right, elements.ClauseList) else [binary.right]
        if "replacement" in binary.modifiers:  # SQLAlchemy 1.4 and 2.0
            replaced = [binary.right, binary.modifiers["replacement"]]
        return self.regexp("regexp_replace", binary, replaced, **kw)

    def regexp(self, function: str, binary: Any, arguments: Any, **kw: Any) -> str:
        parts = [self.process(each, **kw) for each in (binary.left, *arguments)]
        flags = binary.modifiers.get("flags")
        if flags is not None:
            parts.append(self.text(flags) if isinstance(flags, str) else self.process(flags, **kw))
        return f"{function}({', '.join(parts)})"

    def visit_json_getitem_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """The element as JSON, or as what it is compared with: text, or a number or truth value read from that."""
        place = f"{self.process(binary.left, **kw)}, {self.process(binary.right, **kw)}"
        kind = binary.type._type_affinity  # noqa: SLF001 - how every dialect reads it
        if kind is types.JSON:
            return f"json_extract({place})"
        text = f"json_extract_string({place})"
        return text if kind is types.String else f"CAST({text} AS {self.dialect.type_compiler.process(binary.type)})"

    visit_json_path_getitem_op_binary = visit_json_getitem_op_binary


class XeroDDLCompiler(compiler.DDLCompiler):
    """CREATE, DROP and COMMENT, for the scratch schema."""

    def get_column_specification(self, column: Column[Any], **kw: Any) -> str:
        text = super().get_column_specification(column, **kw)
        return f"{text} GENERATED BY DEFAULT AS IDENTITY" if self.is_numbered(column) else text

    def is_numbered(self, column: Column[Any]) -> bool:
        """Whether the column is the primary key that SQLAlchemy leaves to the database."""
        default: Any = column.default
        return (
            column is getattr(column.table, "_autoincrement_column", None)
            and column.identity is None
            and column.server_default is None
            and (default is None or (default.is_sequence and default.optional))
        )

    def get_identity_options(self, identity_options: Any) -> str:
        """START before INCREMENT, as the parser wants them."""
        options = {
            "START WITH": identity_options.start,
            "INCREMENT BY": identity_options.increment,
            "MINVALUE": identity_options.minvalue,
            "MAXVALUE": identity_options.maxvalue,
        }
        text = " ".join(f"{word} {value}" for word, value in options.items() if value is not None)
        return f"{text} CYCLE".strip() if identity_options.cycle else text

    def visit_drop_table_comment(self, drop: Any, **kw: Any) -> str:
        return f"COMMENT ON TABLE {self.preparer.format_table(drop.element)} IS ''"

    def visit_drop_column_comment(self, drop: Any, **kw: Any) -> str:
        column = self.preparer.format_column(drop.element, use_table=True, use_schema=True)
        return f"COMMENT ON COLUMN {column} IS ''"

    def visit_computed_column(self, generated: Any, **kw: Any) -> str:
        if generated.persisted is True:
            raise exc.CompileError("scratch tables have no stored computed columns; leave `persisted` away")
        expression = self.sql_compiler.process(generated.sqltext, include_table=False, literal_binds=True)
        return f"GENERATED ALWAYS AS ({expression})"


class XeroTypeCompiler(compiler.GenericTypeCompiler):
    """The names of types."""

    def visit_FLOAT(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - SQLAlchemy's names
        """Python's floats have 64 bits."""
        return "DOUBLE PRECISION"

    def visit_DOUBLE(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - see above
        return "DOUBLE PRECISION"

    def visit_DATETIME(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - see above
        return self.visit_TIMESTAMP(type_, **kw)

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - see above
        return "TIMESTAMP WITH TIME ZONE" if type_.timezone else "TIMESTAMP"

    def visit_TIME(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - see above
        return "TIME WITH TIME ZONE" if type_.timezone else "TIME"

    def visit_CLOB(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - see above
        return "TEXT"

    def visit_BLOB(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - see above
        return "BYTEA"

    def visit_BINARY(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - see above
        return "BYTEA"

    def visit_VARBINARY(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - see above
        return "BYTEA"

    def visit_JSON(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - see above
        return "JSON"

    def visit_uuid(self, type_: Any, **kw: Any) -> str:
        return "UUID" if type_.native_uuid else super().visit_uuid(type_, **kw)

    def visit_interval(self, type_: Any, **kw: Any) -> str:
        return "INTERVAL"

    visit_INTERVAL = visit_interval  # noqa: N815 - SQLAlchemy's names

    def visit_ARRAY(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - see above
        return f"{self.process(type_.item_type, **kw)}{'[]' * (type_.dimensions or 1)}"


#: SQLAlchemy needs to be told where a name has to stand in quotes.
RESERVED = {
    *compiler.RESERVED_WORDS,
    *("both", "cube", "describe", "fetch", "intersect", "lateral", "offset", "order", "qualify", "pivot", "rollup"),
    *("returning", "show", "summarize", "unpivot", "values", "window", "with"),
}


class XeroIdentifierPreparer(compiler.IdentifierPreparer):
    """Names are matched without case; those in PascalCase are quoted, which changes nothing."""

    reserved_words = RESERVED
