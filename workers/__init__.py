"""Who is wired to whom: the composition root of the workers."""
