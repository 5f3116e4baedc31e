"""Seeded schedules of crashes over the write queue, and what must hold whatever happens. See `make chaos-queue`."""
