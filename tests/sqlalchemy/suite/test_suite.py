"""SQLAlchemy's compliance suite, unmodified."""

from sqlalchemy.testing.suite import *  # noqa: F403 - how SQLAlchemy hands its suite on
