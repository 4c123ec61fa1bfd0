"""The generic events API: batches of events by any tool that can send JSON, our own format or CloudEvents."""
