"""The adapter for Harlequin, `harlequin -a xerosql demo`, and for its headless `hsql`. Needs `xerosql[harlequin]`."""

from xerosql.harlequin.adapter import XeroAdapter

__all__ = ["XeroAdapter"]
