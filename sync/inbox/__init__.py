"""The inbox: what people may ask for beside an exception, what it will do, and what came of it."""
