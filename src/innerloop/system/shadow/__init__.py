"""What is staged, checked apart from the work tree: in a tree of its own, outside the project."""
