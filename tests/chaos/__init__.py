"""Seeded schedules of faults over reads and writes, and what must hold whatever happens. See `make chaos`."""
