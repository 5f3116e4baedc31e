"""What a new database of the engine holds before anybody uses it."""

from __future__ import annotations

from xerosql.plan.model import DECLARED, KEPT

#: Decimal division: ten decimals, rounded half away from zero, in 128-bit whole numbers. See `plan/exact.py`.
MACROS = (
    "CREATE MACRO exact_scaled(a) AS CAST(CAST(a AS DECIMAL(28,10)) * 10000000000 AS HUGEINT)",
    "CREATE MACRO exact_quotient(n, d) AS "
    "n // d + CASE WHEN 2 * abs(n % d) >= abs(d) THEN sign(n) * sign(d) ELSE 0 END",
    "CREATE MACRO exact_div(a, b) AS CAST(CAST(exact_quotient(exact_scaled(a) * 10000000000, exact_scaled(b)) "
    "AS DECIMAL(38,0)) * CAST(0.0000000001 AS DECIMAL(11,10)) AS DECIMAL(38,10))",
)
#: What a new database holds.
FOUNDATIONS = (
    *(*MACROS, "CREATE SCHEMA scratch", f"CREATE SCHEMA {KEPT}"),
    f"CREATE TABLE {DECLARED} (schema_name VARCHAR, table_name VARCHAR, kind VARCHAR, subject VARCHAR, value VARCHAR)",
)
