"""How units are counted: what a number means, what orders weigh against it, what is left, and when a promise may rise."""
