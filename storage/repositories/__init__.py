"""One module per aggregate: named queries, set-based, that take and return domain values."""
