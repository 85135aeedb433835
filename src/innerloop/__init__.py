"""innerloop: the answer from the smallest loop that can give it."""

__version__ = "0.1.0"
