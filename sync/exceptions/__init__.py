"""The life of an exception: opening, clearing, and the acts beside it, as pure transitions."""
