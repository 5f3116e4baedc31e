"""A server that speaks PostgreSQL's protocol, for tools that connect with the driver they already have."""

from __future__ import annotations

from xerosql.server.listener import Server
from xerosql.server.options import Options
from xerosql.server.scram import Verifier
from xerosql.server.users import RIGHTS, WRITE, User, Users, load_users, save_user

__all__ = ["RIGHTS", "WRITE", "Options", "Server", "User", "Users", "Verifier", "load_users", "save_user"]
