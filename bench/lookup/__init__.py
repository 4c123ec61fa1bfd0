"""How soon one SKU of a large database is answered."""
