"""SQLAlchemy's own plugin, which collects its suite and asks the dialect what it can do."""

from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: F403 - how SQLAlchemy hands its plugin on
