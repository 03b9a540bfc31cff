"""The front door: parse, one call, answer."""
