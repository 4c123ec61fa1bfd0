"""How long a weekly digest takes after a year."""
