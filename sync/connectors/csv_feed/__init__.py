"""Vendor and warehouse feeds as CSV files: dropped into a folder, or fetched over HTTP."""
