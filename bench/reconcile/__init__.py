"""Full comparison of snapshots: beside polars full joins over the same files, and how time and memory grow."""
