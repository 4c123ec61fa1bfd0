"""How soon a fact becomes a card in Slack."""
