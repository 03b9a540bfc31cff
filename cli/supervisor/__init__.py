"""Keeps the parts of the local stack running: starts them in order, restarts what dies, stops all of it cleanly."""
