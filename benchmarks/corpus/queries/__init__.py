"""The queries, one module for each topic."""
