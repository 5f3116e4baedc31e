"""Words that mean one thing to PostgreSQL and another to the engine, in the engine's."""

from __future__ import annotations

from sqlglot import exp

from xerosql.plan.dialect import NODE

WHOLE = ("INT", "SMALLINT", "BIGINT")
#: How many digits extract() has behind the point.
EXTRACTED = "DECIMAL(24,6)"


def translate(query: exp.Query) -> None:
    """Have every such word mean what the client means by it."""
    for like in list(query.find_all(exp.Like, exp.ILike)):
        escape_with_backslash(like)
    for division in list(query.find_all(exp.Div)):
        divide_whole(division)
    for substring in list(query.find_all(exp.Substring)):
        take_pattern(substring)
    for extract in list(query.find_all(exp.Extract)):
        extract.replace(exp.cast(extract.copy(), EXTRACTED, dialect="duckdb"))
    for select in query.find_all(exp.Select):
        group(select)


def escape_with_backslash(like: exp.Expr) -> None:
    """A backslash keeps the character behind it, unless another is named with ESCAPE."""
    pattern = like.expression
    plain = isinstance(pattern, exp.Literal) and "\\" not in pattern.name
    if not isinstance(like.parent, exp.Escape) and not isinstance(pattern, exp.Any | exp.All) and not plain:
        like.replace(exp.Escape(this=like.copy(), expression=exp.Literal.string("\\")))


def divide_whole(division: exp.Div) -> None:
    """Whole numbers by whole numbers are whole."""
    if is_whole(division.this) and is_whole(division.expression):
        division.replace(exp.IntDiv(this=division.this.copy(), expression=division.expression.copy()))


def is_whole(node: exp.Expr) -> bool:
    if isinstance(node, exp.Paren | exp.Neg):
        return is_whole(node.this)
    if isinstance(node, exp.Cast):
        return node.to.is_type(*WHOLE)
    return isinstance(node, exp.Literal) and node.is_int


def take_pattern(call: exp.Substring) -> None:
    """substring(text FROM pattern) is what is in the pattern's parentheses, or all that it finds."""
    start = call.args.get("start")
    if isinstance(start, exp.Literal) and start.is_string:
        part = exp.Literal.number(1 if "(" in start.name else 0)
        found = exp.Anonymous(this="regexp_extract", expressions=[call.this.copy(), start.copy(), part])
        call.replace(exp.Nullif(this=found, expression=exp.Literal.string("")))


def group(select: exp.Select) -> None:
    """GROUP BY: an alias that is a table's name too is the alias; with a table's key all of its columns are known."""
    grouped = select.args.get("group")
    if not isinstance(grouped, exp.Group):
        return
    sources = {each.alias_or_name.lower() for each in select.find_all(exp.Table, exp.Subquery)}
    places = {each.alias.lower(): place for place, each in enumerate(select.selects, start=1) if each.alias}
    for clause in (grouped, select.args.get("order")):
        for column in list(clause.find_all(exp.Column)) if clause is not None else []:
            name = column.name.lower()
            if not column.table and name in places and name in sources and column.parent is not None:
                column.replace(exp.Literal.number(places[name]))
    keyed = {each.table.lower() for each in grouped.expressions if isinstance(each, exp.Column) and each.name == "oid"}
    for part in (*select.selects, select.args.get("having"), select.args.get("order")):
        for column in list(part.find_all(exp.Column)) if isinstance(part, NODE) else []:
            if column.table.lower() in keyed and column not in grouped.expressions and is_bare(column, select):
                grouped.append("expressions", column.copy())


def is_bare(column: exp.Column, select: exp.Select) -> bool:
    """Whether it stands in no aggregate, and in no query within."""
    node = column.parent
    while node is not None and node is not select:
        if isinstance(node, exp.AggFunc | exp.Query):
            return False
        node = node.parent
    return True
