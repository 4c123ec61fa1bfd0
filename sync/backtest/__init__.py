"""Trying rules on the recorded past: what other rules would have opened, offered and kept from being sold."""
