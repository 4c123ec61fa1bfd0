"""What `/inventory` answers, by subject. Each answer is a function from what was asked to a reply."""
