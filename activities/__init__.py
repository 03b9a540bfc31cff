"""Who does each step: one class per outside party, one verb per activity, safe to repeat."""
