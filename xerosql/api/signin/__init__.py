"""Signing in as a user: what to ask for, the address to open, the answer that comes back, and where it is kept."""
