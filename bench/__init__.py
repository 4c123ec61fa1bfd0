"""Benchmarks: what the product does with real input, measured. ``python -m bench`` runs them all."""
