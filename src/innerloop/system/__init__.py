"""The outside world: files, git, processes, history."""
