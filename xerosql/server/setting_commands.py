"""SET, RESET and SHOW of one client: PostgreSQL's settings and xerosql's own, which the connection keeps."""

from __future__ import annotations

from collections.abc import Sequence

from xerosql import Connection
from xerosql.execute.variables import VARIABLES
from xerosql.server.answers import Answer, Handlers, table_of
from xerosql.server.failures import StatementError
from xerosql.server.introspection import Introspection
from xerosql.server.session_settings import Assignment, SessionSettings, shown_name

#: Settings of xerosql itself, which SET and SHOW hand on.
OWN_SETTINGS = tuple(variable.name for variable in VARIABLES)


class SettingCommands:
    """What they do to the settings of the client and of its connection."""

    def __init__(self, connection: Connection, settings: SessionSettings, introspection: Introspection) -> None:
        self.connection = connection
        self.settings = settings
        self.introspection = introspection
        self.handlers: Handlers = {"SET": self.set, "RESET": self.reset, "SHOW": self.show}

    def set(self, sql: str, _: Sequence[object]) -> Answer:
        given = Assignment(sql)
        if given.name.lower() in OWN_SETTINGS:
            self.connection.execute(sql).close()
        elif given.name.lower() in ("transaction", "role", "authorization"):
            self.set_characteristic(given)
        else:
            self.change(given.name, given.value, given.values, given.local)
        return Answer("SET")

    def begin_with(self, name: str, value: str) -> None:
        """Give a setting the value that the client connects with, which RESET goes back to."""
        if name.lower() in OWN_SETTINGS:
            self.connection.session.variables.begin_with(name.lower(), value)
        else:
            self.change(name, value, [part.strip().strip('"') for part in value.split(",")])
            self.settings.default(name, value)

    def change(self, name: str, value: str | None, values: Sequence[str], local: bool = False) -> None:
        """Give a setting its value. The search path is the connection's, which knows the schemas."""
        if name.lower() == "search_path":
            self.introspection.search(self.connection, None if value is None else values)
        self.settings.set(name, value, local=local)

    def set_characteristic(self, given: Assignment) -> None:
        words = " ".join(given.values).upper()
        if given.name.lower() != "transaction" and words not in ("NONE", "DEFAULT", self.user.upper()):
            raise StatementError("permission denied to set another role", sqlstate="42501")
        if "READ ONLY" in words or "READ WRITE" in words:
            read_only = "on" if "READ ONLY" in words else "off"
            lasting = "CHARACTERISTICS" in words
            self.settings.set("transaction_read_only", read_only, local=not lasting)

    @property
    def user(self) -> str:
        return self.settings["session_authorization"]

    def reset(self, sql: str, _: Sequence[object]) -> Answer:
        name = shown_name(sql)
        if name is None:
            self.connection.execute("RESET ALL").close()
            self.introspection.search(self.connection, None)
            self.settings.reset_all()
        elif name.lower() in OWN_SETTINGS:
            self.connection.execute(sql).close()
        elif name.lower() not in ("role", "session_authorization"):
            self.change(name, None, ())
        return Answer("RESET")

    def show(self, sql: str, _: Sequence[object]) -> Answer:
        name = shown_name(sql)
        if name is None:
            return table_of(("name", "setting"), list(self.settings.all()))
        if name.lower() in OWN_SETTINGS:
            cursor = self.connection.execute(f"SHOW {name}")
            return table_of((name.lower(),), cursor.fetchall())
        return table_of((self.settings.names.get(name.lower(), name),), [(self.settings[name],)])
