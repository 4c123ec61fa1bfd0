"""Shopify: GraphQL Admin API 2026-10 for reading and writing, signed webhooks with REST-shaped bodies for hearing."""
