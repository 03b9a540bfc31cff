"""What is said: frozen messages shared by every room; behaviour lives elsewhere."""
