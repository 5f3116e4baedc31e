"""The web page of the write queue: what waits, what failed and why, and buttons to mend it.

A shell as the command line is one: everything on it is a statement on the schema `queue`, so the rights of the
connection decide what is shown and what can be done. Needs `xerosql[web]`.
"""

from xerosql.web.app import create_app
from xerosql.web.server import Server

__all__ = ["Server", "create_app"]
