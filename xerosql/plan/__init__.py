"""SQL text to a plan: what to fetch or send, and the query to run over what came back. Pure: no I/O at all.

The only package that imports sqlglot.
"""
