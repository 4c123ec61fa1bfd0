"""A full shift in the sandbox, played by four people in a browser."""
