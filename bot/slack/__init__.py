"""The Slack surface: cards, modals, commands, delivery. Everything Slack knows of the product lives here."""
