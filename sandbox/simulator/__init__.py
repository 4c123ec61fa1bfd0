"""A seeded world of warehouse, vendor and three channels, with a referee that knows the truth of each instant."""
