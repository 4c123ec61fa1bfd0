"""Storms: many exceptions of one cause in one queue are told as one."""
