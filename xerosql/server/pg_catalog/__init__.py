"""PostgreSQL's catalog, as clients of version 15 expect it, with the tables that there are here."""

from __future__ import annotations
