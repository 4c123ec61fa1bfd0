"""Webhooks: their bodies, subscriptions and delivery."""
