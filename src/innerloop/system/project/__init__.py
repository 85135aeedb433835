"""What a project is made of, read from its files; and how long its own tools take."""
