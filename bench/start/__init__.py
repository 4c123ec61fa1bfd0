"""How long a start takes, and what an idle process holds."""
