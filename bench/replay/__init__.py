"""Replay of real order lines through the whole receive path, against an independent recount. See docs/replay.md."""
