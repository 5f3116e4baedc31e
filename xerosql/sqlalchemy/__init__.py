"""The SQLAlchemy dialect, `create_engine("xerosql://demo")`, for SQLAlchemy 1.4 and 2. Needs `xerosql[sqlalchemy]`."""

from xerosql.sqlalchemy.dialect import XeroDialect

__all__ = ["XeroDialect"]
