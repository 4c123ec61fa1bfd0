"""The nightly file of a large warehouse: unchanged, and with a few numbers changed; and ways to write many rows at once."""
