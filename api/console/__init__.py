"""The console of support: what does not go on and why, one page a case, acts and their proof."""
