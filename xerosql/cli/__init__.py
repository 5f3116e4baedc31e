"""The `xerosql` command. It stands on the DB-API face and the simulator, and imports the engine only to run SQL."""

from xerosql.cli.app import main

__all__ = ["main"]
