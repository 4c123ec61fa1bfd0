"""Large snapshots: landed whole as Parquet, compared with what is known, and only what changed becomes facts."""
