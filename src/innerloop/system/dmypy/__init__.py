"""mypy's daemon, as `loop watch` keeps it: run by the project's own Python, knows nothing of us."""
