"""What is handed over: documents set in type, their signatures prepared, finished and verified. No network here."""
