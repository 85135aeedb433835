"""Watching: which files hold something else than before, told as soon as it can be known."""
