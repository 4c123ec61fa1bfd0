"""What a dead feed costs: thousands of exceptions of one cause, from the database to one card that a person understands."""
