"""Benchmarks: `lienthong bench …`, each on a stack of its own."""
