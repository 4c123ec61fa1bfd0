"""Acting on many exceptions at once, in Slack: the form, what it would do, the list, how it goes, and the second person."""
