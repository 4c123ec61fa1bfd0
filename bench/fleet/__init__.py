"""Several worker processes against one, on one PostgreSQL."""
