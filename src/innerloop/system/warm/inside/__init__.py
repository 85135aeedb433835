"""What runs in the project's own Python, by path: it imports nothing but the standard library."""
