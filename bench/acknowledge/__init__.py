"""How soon Slack hears yes: clicks, forms and commands of many people, while the product has its hands full."""
