"""The write queue as tables: what is to be sent to Xero, and what became of it."""
