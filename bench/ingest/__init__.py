"""Webhooks over HTTP through the whole path, beside a bare handler that only keeps them; and how soon one is decided."""
