"""Bulk acts: one act on many exceptions, over a list that was frozen when it was shown."""
