"""Pictures of every Slack surface, taken of the sandbox in a headless Chromium: `make gallery`."""
