"""Stand-ins for the outside systems; reached by HTTP alone, import nothing of ours."""
