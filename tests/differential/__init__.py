"""Every SELECT, answered three ways: pushdown on, pushdown off, and plain DuckDB over all the rows there are."""
