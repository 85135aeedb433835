"""How a step is carried out."""
