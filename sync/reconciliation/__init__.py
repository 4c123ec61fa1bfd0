"""Comparing everything that every system believes, at once: many SKUs in, a few candidates out, and only those are judged."""
