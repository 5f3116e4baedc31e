"""The `projects` schema: Xero Projects, one file per table."""
