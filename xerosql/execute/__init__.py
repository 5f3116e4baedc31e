"""A plan to rows or verdicts: scans through the API into the engine, writes one request at a time."""
