"""A storm of thousands paused at once: how long, and in how much memory."""
