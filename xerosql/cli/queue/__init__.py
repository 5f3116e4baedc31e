"""`xerosql queue`: the commands for who looks after the queue. Each is a statement on the schema `queue`, or a few."""
