"""How fast waiting updates leave."""
