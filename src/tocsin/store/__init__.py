"""The durable log and the state beside it: SQLAlchemy Core in threads, one writer per node."""
