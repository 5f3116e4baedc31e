"""A server that speaks Arrow Flight SQL, for programs that take whole columns: ADBC, Polars, pandas.

Importing this needs pyarrow, which `xerosql[flight]` brings.
"""

from __future__ import annotations

from xerosql.server.flight.listener import FlightServer
from xerosql.server.flight.options import PORT, FlightOptions

__all__ = ["PORT", "FlightOptions", "FlightServer"]
